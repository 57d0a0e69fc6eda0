"""Imports of files (CSV, XLSX, JSON) into the tables."""

from erikti.importers.engine import KINDS, load
from erikti.importers.files import load_file
from erikti.importers.report import Report, ReportFile
from erikti.writing.problems import Problem, UnusableFileError

__all__ = ["KINDS", "Problem", "Report", "ReportFile", "UnusableFileError", "load", "load_file"]
