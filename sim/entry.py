"""The command `siyu`: what Ctrl-C stops while the command line is still being imported ends in one sentence, too."""

import sys


def main() -> None:
    """Run the command line (sim/cli)."""
    try:
        from sim.cli import main as run
    except KeyboardInterrupt:
        from sim.words import say
        from sim.words.asked import language

        sys.stderr.write(say("stopped, nothing written", language()) + "\n")
        sys.exit(130)
    run()
