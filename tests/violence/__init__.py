"""What goes wrong around a service: kills, full disks, lost databases, odd clocks."""
