"""The command `siyu`, also as `python -m siyu`."""

from siyu.packages import refuse_others

refuse_others()  # a folder called siyu in the way is none of ours, and its __init__ has not asked

from sim.entry import main  # noqa: E402

if __name__ == "__main__":
    main()
