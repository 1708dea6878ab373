"""The command `siyu`, also as `python -m siyu`."""

from sim.entry import main

if __name__ == "__main__":
    main()
