package peer

// Hold keeps all media back: no stream of ours sends anything, padding and what
// was lost included, and nothing that comes is handed on. Not held any more,
// both sides are asked for a key frame. A new Peer holds nothing back.
func (p *Peer) Hold(held bool) {
	if p.held.Swap(held) == held {
		return
	}
	if held {
		for _, v := range p.pictures() {
			v.resume() // what was queued is not for the time after
		}
		return
	}
	for _, v := range p.pictures() {
		wake(v.keyframe)
	}
	p.RequestKeyframe()
	p.RequestScreenKeyframe()
}
