package memory

// Break plays a broken connection: see Seat.Break.
func (r *Room) Break(dropped bool) { r.seat.Break(dropped) }

// Return plays the end of a break.
func (r *Room) Return() { r.seat.Return() }
