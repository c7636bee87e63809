package twophasecommit

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Receive takes a message and does whatever follows from it. It drops a message
// that means nothing, or nothing any more.
func (p *Participant) Receive(m Message) error {
	if !p.usable() {
		return p.not()
	}
	p.Heard(m.Stamp)
	if m.Type != TypeClosed && !p.IsOpen(m.Transaction.Number) {
		p.late(m)
		return nil
	}
	var err error
	switch m.Type {
	case TypeClosed:
		p.over = max(p.over, m.Transaction.Number)
		err = p.close()
	case TypeGet, TypePut:
		err = p.operate(m)
	case TypePrepare:
		err = p.asked(m)
	case TypeDecision:
		err = p.decided(m)
	}
	if err != nil {
		return err
	}
	return p.retry()
}

// late is for what comes when its transaction is forgotten. Its client may not
// know yet that it is over.
func (p *Participant) late(m Message) {
	if m.Type == TypeGet || m.Type == TypePut {
		p.send(Message{Type: TypeFailed, To: m.From, Transaction: m.Transaction, Operation: m.Operation})
	}
}

// close forgets what is over, once nothing of it is in doubt here. What is still
// at work was aborted without its having heard of that.
func (p *Participant) close() error {
	if p.over <= p.closed {
		return nil
	}
	for _, n := range slices.Sorted(maps.Keys(p.works)) {
		if n <= p.over && p.at(n) == active {
			if err := p.GiveUp(n); err != nil {
				return err
			}
		}
	}
	if p.unfinished(p.over) {
		return nil
	}
	return p.Forget(Message{Type: TypeClosed, Transaction: Ref{Number: p.over}})
}

// operate does an operation, or lets it wait, or says that it cannot be done.
func (p *Participant) operate(m Message) error {
	n := m.Transaction.Number
	at := p.at(n)
	p.work(n).ticks = 0 // its client is there
	switch {
	case at != nowhere && at != active:
		p.send(Message{Type: TypeFailed, To: m.From, Transaction: m.Transaction, Operation: m.Operation})
		return nil
	case !p.IsNew(n, m.Operation):
		if w := p.work(n); w.answer.Operation == m.Operation {
			p.send(w.answer) // it was lost, it seems
		}
		return nil
	case m.Type == TypePut && p.work(n).weight+weight(m.Key, m.Value) > MaxWrites:
		return p.GiveUp(n) // it could not be put into the log
	case m.Type == TypePut:
		return p.Write(m)
	}
	return p.attempt(m)
}

// asked answers the coordinator's question.
func (p *Participant) asked(m Message) error {
	n := m.Transaction.Number
	p.work(n).ticks = 0 // the coordinator has not forgotten it
	switch at := p.at(n); {
	case p.MayVote(n):
		return p.Vote(m)
	case at == active && p.IsWhole(m):
		return p.attempt(m)
	case at == nowhere || at == active || at == refused:
		return p.Refuse(m)
	}
	return nil // it is over
}

// attempt takes the locks that a message needs and does what it asks for, or
// deals with the transactions that hold them.
func (p *Participant) attempt(m Message) error {
	n := m.Transaction.Number
	p.meet(m)
	for range len(p.works) + 1 { // each can be sent away once
		want, ok := p.wants(m)
		if !ok {
			return nil
		}
		obstacles := p.obstacles(n, want)
		if len(obstacles) == 0 {
			return p.proceed(m)
		}
		if i := slices.IndexFunc(obstacles, func(u uint64) bool { return p.MayWound(n, u) }); i >= 0 {
			if err := p.Wound(m, obstacles[i]); err != nil {
				return err
			}
			continue
		}
		if p.mayWait(n, want, obstacles) {
			if p.work(n).waiting.equal(want) {
				return nil
			}
			return p.Wait(m)
		}
		return p.die(m)
	}
	return nil
}

func (p *Participant) proceed(m Message) error {
	if m.Type == TypeGet {
		return p.Read(m)
	}
	if err := p.Prepare(m); err != nil {
		return err
	}
	return p.Vote(m)
}

func (p *Participant) die(m Message) error {
	n := m.Transaction.Number
	if m.Type == TypeGet {
		p.work(n).request = m // to be answered
	}
	if err := p.Die(m); err != nil || m.Type == TypeGet {
		return err
	}
	return p.Refuse(m)
}

// decided does what the coordinator has decided.
func (p *Participant) decided(m Message) error {
	n := m.Transaction.Number
	switch at := p.at(n); {
	case at == prepared && m.Outcome == Committed:
		return p.Apply(m)
	case at == prepared:
		return p.Discard(m)
	case at == place(Committed) && m.Outcome == Committed:
		p.send(Message{Type: TypeAck, To: m.From, Transaction: m.Transaction}) // it was lost, it seems
	case at == active && m.Outcome == Aborted && p.MayGiveUp(n):
		return p.GiveUp(n)
	}
	return nil
}

// retry lets each waiting transaction try again once. Once is enough: a transaction that
// gets its locks is an obstacle for the same others as when it waited for them, and one
// that is wounded here has just begun to wait, so that no other waits for it.
func (p *Participant) retry() error {
	for _, n := range slices.Sorted(maps.Keys(p.works)) {
		if w := p.works[n]; !w.waiting.none() {
			if err := p.attempt(w.request); err != nil {
				return err
			}
		}
	}
	return nil
}

// Tick says that some time has passed: the participant inquires about what is in doubt,
// and gives up a transaction that has done nothing for too long.
func (p *Participant) Tick() error {
	if !p.usable() {
		return p.not()
	}
	for _, n := range slices.Sorted(maps.Keys(p.works)) {
		w := p.works[n]
		w.ticks++
		switch {
		case w.ticks > p.config.Patience && p.MayGiveUp(n):
			if err := p.GiveUp(n); err != nil {
				return err
			}
		case p.at(n) == prepared:
			if err := p.Inquire(n); err != nil {
				return err
			}
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	return p.retry()
}

// View adds what the spec's View has of a participant. When it is down, this is
// what its log has.
func (p *Participant) View(o *trace.Object) {
	names := map[uint64]bool{}
	for n := range p.promises {
		names[n] = true
	}
	for n := range p.works {
		names[n] = true
	}
	all := slices.SortedFunc(maps.Keys(names), func(a, b uint64) int { return int(a) - int(b) })
	each := func(add func(o *trace.Object, name string, n uint64)) func(o *trace.Object) {
		return func(o *trace.Object) {
			for _, n := range all {
				add(o, Ref{Number: n}.String(), n)
			}
		}
	}
	o.Bool("up", p.up).Uint("incarnation", p.incarnation)
	o.Record("at", each(func(o *trace.Object, name string, n uint64) {
		if at := p.at(n); at != nowhere {
			o.String(name, string(at))
		}
	}))
	o.Record("pending", each(p.viewPending))
	o.Record("locks", each(func(o *trace.Object, name string, n uint64) {
		if keys := p.lockedNow(n); len(keys) > 0 {
			o.Set(name, keys...)
		}
	}))
	o.Record("done", each(func(o *trace.Object, name string, n uint64) {
		if w := p.works[n]; w != nil && w.done > 0 {
			o.Uint(name, w.done)
		}
	}))
	o.Uint("closed", p.closed)
	o.Record("waiting", each(func(o *trace.Object, name string, n uint64) {
		if w := p.works[n]; w != nil && !w.waiting.none() {
			o.Record(name, func(o *trace.Object) {
				o.Set("read", slices.Sorted(maps.Keys(w.waiting.Read))...)
				o.Set("write", slices.Sorted(maps.Keys(w.waiting.Write))...)
			})
		}
	}))
	o.Record("store", func(o *trace.Object) {
		for _, key := range p.config.Keys {
			if v, ok := p.store[key]; ok {
				o.String(key, v)
			}
		}
	})
}

func (p *Participant) viewPending(o *trace.Object, name string, n uint64) {
	pending := p.work(n).pending
	if p.at(n) == prepared {
		pending = p.promises[n].Writes
	}
	if len(pending) == 0 {
		return
	}
	o.Record(name, func(o *trace.Object) {
		for _, key := range slices.Sorted(maps.Keys(pending)) {
			o.String(key, pending[key])
		}
	})
}

// lockedNow are the keys that a transaction has locked for reading, or had when
// it was promised.
func (p *Participant) lockedNow(n uint64) []string {
	if p.up {
		return slices.Sorted(maps.Keys(p.work(n).locks))
	}
	if r := p.promises[n]; r != nil && r.At == prepared {
		return r.Reads
	}
	return nil
}
