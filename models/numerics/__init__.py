"""Numbers: special functions, equal rows merged, Newton's maximum, many points at once; knows no customer."""
