"""The one way in for orders: from the columns of sheets and frames to lines, and from lines to orders."""
