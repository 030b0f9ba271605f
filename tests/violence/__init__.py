"""What goes wrong around a service: killed, out of disk, without its database, at the wrong time, overrun."""
