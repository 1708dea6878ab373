"""Where a command's results go: the terminal, JSON, a folder that is whole or absent; never over what others wrote."""
