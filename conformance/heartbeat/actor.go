package heartbeat

import "github.com/lockstep-tla/lockstep/trace"

// actor is what is known of a sender in another process.
type actor struct {
	th   *theatre
	name string
}

// View adds what the sender would say of itself.
func (a actor) View(o *trace.Object) {
	o.Uint("incarnation", a.th.lives[a.name]).Uint("sequence", a.th.sequence[a.name])
	o.Int("sent", a.th.sentAt[a.name]).Bool("busy", false).Int("lastCheck", 0)
	o.Record("peers", func(*trace.Object) {})
}
