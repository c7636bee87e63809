package twophasecommit

import (
	"maps"
	"slices"
)

// Policy says what becomes of a transaction that finds a lock taken. All
// participants must have the same.
type Policy string

const (
	// NoWait aborts it. Its client waits for a random time and tries again.
	NoWait Policy = "noWait"
	// WoundWait lets the older transaction wound the younger one, which is aborted,
	// and the younger one wait for the older.
	WoundWait Policy = "woundWait"
	// WaitDie lets the older transaction wait for the younger, and aborts the
	// younger one that would have to wait for the older.
	WaitDie Policy = "waitDie"
)

// Want is the locks that a transaction has, or asks for.
type Want struct{ Read, Write map[string]bool }

func toRead(key string) Want { return Want{Read: map[string]bool{key: true}} }

func toWrite(writes map[string]string) Want {
	w := Want{Write: map[string]bool{}}
	for key := range writes {
		w.Write[key] = true
	}
	return w
}

func (w Want) none() bool { return len(w.Read) == 0 && len(w.Write) == 0 }

func (w Want) equal(other Want) bool {
	return maps.Equal(w.Read, other.Read) && maps.Equal(w.Write, other.Write)
}

func meet(a, b map[string]bool) bool {
	for key := range a {
		if b[key] {
			return true
		}
	}
	return false
}

// The rules of locking and waiting.

// Conflict says whether two sets of locks exclude each other: a read lock is shared, and
// a write lock is exclusive.
func Conflict(a, b Want) bool {
	return meet(a.Write, b.Read) || meet(a.Write, b.Write) || meet(b.Write, a.Read)
}

// MayWound says whether a transaction wounds another one: an older one wounds a younger
// one that is active. One that is prepared is bound by a promise.
func (p *Participant) MayWound(n, u uint64) bool {
	return p.config.Policy == WoundWait && p.ref(n).Older(p.ref(u)) && p.at(u) == active
}

// MayWaitFor says whether a transaction waits for another. All waiting goes one
// way, so that there is no deadlock. Under WoundWait, a transaction that commits does not
// wait for one that is still active: it may be prepared at another participant, and a
// prepared transaction cannot be wounded.
func (p *Participant) MayWaitFor(n, u uint64, committing bool) bool {
	switch p.config.Policy {
	case WaitDie:
		return p.ref(n).Older(p.ref(u))
	case WoundWait:
		older := p.ref(u).Older(p.ref(n))
		if committing {
			return p.committing(u) && older
		}
		return p.committing(u) || older
	}
	return false
}

func (p *Participant) committing(n uint64) bool {
	return p.at(n) == prepared || len(p.work(n).waiting.Write) > 0
}

// held is what a transaction has locked.
func (p *Participant) held(n uint64) Want {
	w := Want{Read: p.work(n).locks}
	if p.at(n) == prepared {
		w.Write = toWrite(p.promises[n].Writes).Write
	}
	return w
}

// inFront says whether a transaction that waits already must not be passed by
// another: if it may not wait for that one, as it is going to be.
func (p *Participant) inFront(u, n uint64, want Want) bool {
	waiting := p.work(u).waiting
	if !Conflict(want, waiting) {
		return false
	}
	older := p.ref(n).Older(p.ref(u))
	writes := len(want.Write) > 0
	switch p.config.Policy {
	case WaitDie:
		return older
	case WoundWait:
		return len(waiting.Write) > 0 && !(writes && older)
	}
	return false
}

// obstacles are the transactions that keep another one from its locks.
func (p *Participant) obstacles(n uint64, want Want) []uint64 {
	var all []uint64
	for _, u := range slices.Sorted(maps.Keys(p.works)) {
		if u != n && (Conflict(want, p.held(u)) || p.inFront(u, n, want)) {
			all = append(all, u)
		}
	}
	return all
}

// Wait lets a transaction wait for its locks.
func (p *Participant) Wait(m Message) error {
	n := m.Transaction.Number
	want, ok := p.wants(m)
	obstacles := p.obstacles(n, want)
	if !ok || len(obstacles) == 0 || p.work(n).waiting.equal(want) || !p.mayWait(n, want, obstacles) {
		return p.not()
	}
	w := p.meet(m)
	w.at, w.waiting, w.request = active, want, m
	p.step("Wait").String("transaction", w.ref.String()).State(p)
	return nil
}

func (p *Participant) mayWait(n uint64, want Want, obstacles []uint64) bool {
	return !slices.ContainsFunc(obstacles, func(u uint64) bool { return !p.MayWaitFor(n, u, len(want.Write) > 0) })
}

// wants are the locks that a message needs, if it can be taken.
func (p *Participant) wants(m Message) (Want, bool) {
	n := m.Transaction.Number
	if m.Type == TypePrepare {
		return toWrite(p.work(n).pending), p.usable() && p.at(n) == active && p.IsWhole(m)
	}
	p.meet(m)
	return toRead(m.Key), p.takes(m)
}

// Wound aborts a younger transaction that is an obstacle for an older one.
func (p *Participant) Wound(m Message, u uint64) error {
	n := m.Transaction.Number
	want, ok := p.wants(m)
	if !ok || !slices.Contains(p.obstacles(n, want), u) || !p.MayWound(n, u) {
		return p.not()
	}
	p.fail("Wound", n, u)
	return nil
}

// Die gives a transaction up that may neither wait for an obstacle nor wound it.
func (p *Participant) Die(m Message) error {
	n := m.Transaction.Number
	want, ok := p.wants(m)
	if !ok || !slices.ContainsFunc(p.obstacles(n, want), func(u uint64) bool {
		return !p.MayWaitFor(n, u, len(want.Write) > 0) && !p.MayWound(n, u)
	}) {
		return p.not()
	}
	p.meet(m)
	p.fail("Die", n, n)
	return nil
}
