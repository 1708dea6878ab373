"""Write what is generated from the code: `python -m docs.generate` (or `make docs`)."""

from pathlib import Path

from docs import markets
from docs.command_line import command_line
from docs.exports import exports
from docs.reference import reference
from docs.responses import evidence
from docs.tables import measures, parameters
from models.data.files import write_whole
from sim.drafting.schema import schema_text

HERE = Path(__file__).resolve().parent
GENERATED = {
    HERE.parent / "scenarios" / "schema.json": schema_text,
    HERE.parent / "scenarios" / "response" / "evidence.yaml": evidence,
    HERE / "scenario-reference.md": reference,
    HERE / "parameters.md": parameters,
    HERE / "measures.md": measures,
    HERE / "command-line.md": command_line,
    HERE / "exports.md": exports,
    markets.PAGE: markets.page,
}


def main() -> None:
    """Write every generated file."""
    for path, text in GENERATED.items():
        print(write_whole(path, text()).relative_to(HERE.parent))


if __name__ == "__main__":
    main()
