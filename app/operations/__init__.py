"""What operators run beside the requests: checks, backups and housekeeping."""
