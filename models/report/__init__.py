"""What a forecast leaves behind: plots, tables, sentences, JSON and the page."""
