"""How fast and how small: ratios against peers, measured in one run (`make bench`)."""
