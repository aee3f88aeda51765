# Rooms in order of their arrows: what a line names in DEPS stands above it.
