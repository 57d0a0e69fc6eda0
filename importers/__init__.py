"""Outside files (CSV, XLSX, JSON) on their way into the tables."""

from importers.engine import KINDS, load
from importers.files import load_file
from importers.problems import Problem, UnusableFileError
from importers.report import Report, ReportFile

__all__ = ["KINDS", "Problem", "Report", "ReportFile", "UnusableFileError", "load", "load_file"]
