"""How a day is run, knowing no policy: tiles and lanes, loops over them, weeks of blocks, compiled code and its cache."""
