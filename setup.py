"""What pyproject.toml cannot say: `scenarios/` is installed as `sim/shipped`, so that there is one copy to edit."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SOURCE = Path(__file__).parent / "scenarios"


class WithScenarios(build_py):
    """Copies the strategies, the markets and the schema into the package; an editable install reads them in place."""

    def run(self) -> None:
        """Build the packages, then copy."""
        super().run()
        if not self.editable_mode:
            shutil.rmtree(self._shipped, ignore_errors=True)
            for path in self._files():
                target = self._shipped / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(SOURCE / path, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Every file that is built."""
        copied = [] if self.editable_mode else [str(self._shipped / path) for path in self._files()]
        return [*super().get_outputs(include_bytecode), *copied]

    @property
    def _shipped(self) -> Path:
        return Path(self.build_lib) / "sim" / "shipped"

    def _files(self) -> list[Path]:
        return sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.suffix in (".yaml", ".json"))


setup(cmdclass={"build_py": WithScenarios})
