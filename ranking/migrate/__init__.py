"""From the original system's key to ours, while it is being read."""

from ranking.migrate.migrate import migrate
from ranking.migrate.report import Merged, Report, Skipped

__all__ = ["Merged", "Report", "Skipped", "migrate"]
