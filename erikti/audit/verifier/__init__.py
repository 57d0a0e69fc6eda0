"""Verification of the access log; it shares no code with the writer."""

from erikti.audit.verifier.check import checkpoint_files, verify
from erikti.audit.verifier.checkpoints import whole_sizes
from erikti.audit.verifier.manifest import check_manifest
from erikti.audit.verifier.problems import Kind, Problem, Report, UnusableError
from erikti.audit.verifier.sources import DATABASE_ERRORS, Bundle, opened_source

__all__ = [
    "DATABASE_ERRORS",
    "Bundle",
    "Kind",
    "Problem",
    "Report",
    "UnusableError",
    "check_manifest",
    "checkpoint_files",
    "opened_source",
    "verify",
    "whole_sizes",
]
