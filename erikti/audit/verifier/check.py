"""Verification of the whole log: every chain, references between chains, and orphaned persons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from erikti.audit.verifier.chains import Chain
from erikti.audit.verifier.checkpoints import Files, Keys
from erikti.audit.verifier.problems import Kind, Problem, Report
from erikti.audit.verifier.sources import Entry, Source


class Verification:
    """Verifies the entries in one pass, with one chain in memory at a time."""

    def __init__(self, files: Files, database: str | None) -> None:
        self._files = files
        self._database = database
        self._others: Counter[str] = Counter()
        self._left = set(files.sizes)
        self._chain: Chain | None = None
        self._newest = ""
        self._missed: dict[str, str] = {}  # chains with lost checkpoints, and a chain that saw them
        self._cut: list[tuple[str, Problem]] = []
        self.report = Report()

    def check(self, entry: Entry) -> None:
        """Check the next entry, in order of chains and numbers."""
        if self._chain is None or self._chain.writer != entry.writer:
            self.finish_chain()
            self._chain = self._begin(entry.writer)
        self._chain.check(entry)
        report = self.report
        report.entries += 1
        report.persons += entry.persons
        self._newest = max(self._newest, str(entry.payload["recorded_at"]))

    def finish_chain(self) -> None:
        """Finish the verification of the current chain."""
        chain, self._chain = self._chain, None
        if chain is None:
            return
        chain.finish()
        if chain.database not in (None, self._database):
            self._others[str(chain.database)] += 1
            if not chain.entries:
                return  # its entries are in the other database
        if chain.uncovered:
            self.report.uncovered[chain.writer] = chain.uncovered
        if chain.problem is not None:
            self.report.problems.append(chain.problem)
            if chain.missing_since is not None:
                self._cut.append((chain.missing_since, chain.problem))
        for writer, size in chain.seen.items():
            if self._files.sizes.get(writer, 0) < size:
                self._missed.setdefault(writer, chain.writer)

    def finish(self, persons: int | None) -> None:
        """Check chains that have only checkpoints, and what belongs to no chain."""
        self.finish_chain()
        for writer in sorted(self._left):
            self._chain = self._begin(writer)
            self.finish_chain()
        for database, count in sorted(self._others.items()):
            text = f"{count} chains in the folder belong to it, but this is {self._database}"
            self.report.problems.append(Problem(Kind.DATABASE, database, None, text))
        for writer, witness in sorted(self._missed.items()):
            text = f"chain {witness} saw more of its checkpoints than exist"
            if not self._files.sizes.get(writer):
                text += "; chains that only it had seen may be lost too"
            self.report.problems.append(Problem(Kind.CHECKPOINT, writer, None, text))
        if persons is not None and persons != self.report.persons:
            text = f"{persons} are recorded, but entries have {self.report.persons}"
            self.report.problems.append(Problem(Kind.PERSONS, "none", None, text))
        self.report.checkpoints = self._files.read
        self._mark_restored()

    def _begin(self, writer: str) -> Chain:
        self.report.chains += 1
        known = writer in self._left
        self._left.discard(writer)
        return Chain(writer, self._files.of(writer) if known else None)

    def _mark_restored(self) -> None:
        """Recognise an old copy of the database, which lacks the newest entries of all chains."""
        if not self._cut or min(since for since, _ in self._cut) <= self._newest:
            return
        restored = {
            id(problem): replace(
                problem,
                kind=Kind.RESTORED,
                text=f"{problem.text} (nothing in the database is newer)",
            )
            for _, problem in self._cut
        }
        self.report.problems = [restored.get(id(p), p) for p in self.report.problems]


async def verify(source: Source, files: Files) -> Report:
    """Verify entries against checkpoints; ``files`` must be created before ``source``."""
    verification = Verification(files, await source.identity())
    async for entry in source.entries():
        verification.check(entry)
    verification.finish(await source.persons())
    unguarded = await source.guards()
    report = verification.report
    report.problems += [Problem(Kind.GUARDS, table, None, text) for table, text in unguarded]
    return report


def checkpoint_files(folder: Path, public_keys: Sequence[bytes]) -> Files:
    """Return the checkpoints in a folder, to be verified with public keys in PEM.

    Raises UnusableError if there is no folder or a key is invalid.
    """
    return Files(folder, Keys(public_keys))
