"""One machine as a fleet: tasks as processes, a nameserver, and their supervisor."""
