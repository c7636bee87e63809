package lamportclock

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// situations are what each of the rules is there for, step by step and without
// chance. In each of them one rule makes the difference. Run n is the nth of
// them.
var situations = []func(*world){
	hopping, readMoves, readThenCrash, early, earlyRead, late, restart, twice, snapshot, misled, equal, equalOtherwise,
}

func situation(_ context.Context, run conformance.Run) (err error) {
	rec, err := trace.Create(run.Path, header("situations", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	w := newWorld(rec, run.Seed, networktest.Faults{})
	situations[int(run.Seed-1)%len(situations)](w)
	return w.failed
}

// hopping: a client writes to s1 until its clock is far ahead of s2's, and then
// to s2.
func hopping(w *world) {
	c := w.clients["c1"]
	var before uint64
	for i, server := range []string{"s1", "s1", "s1", "s2", "s1"} {
		m := w.serve(c.RequestWrite(server, "x", values[i]))
		w.fail(c.Hear(m))
		w.check(m.Version.Stamp > before, "the write %d is not after the one before it", i)
		before = m.Version.Stamp
	}
}

// readMoves: a client that has heard of stamp 2 elsewhere reads on s2, where
// nothing was written. What is written there later is later.
func readMoves(w *world) {
	c := w.clients["c1"]
	for i := range 2 {
		w.fail(c.Hear(w.serve(c.RequestWrite("s1", "x", values[i]))))
	}
	read := w.serve(c.RequestRead("s2", "x"))
	written := w.serve(w.clients["c2"].RequestWrite("s2", "x", values[2]))
	w.check(written.Version.Stamp > read.At, "%v was written after a read as of %d", written.Version, read.At)
	w.fail(c.Hear(read))
	w.fail(w.clients["c2"].Hear(written))
}

// readThenCrash: the same, with a crash between the two.
func readThenCrash(w *world) {
	c := w.clients["c1"]
	for i := range 2 {
		w.fail(c.Hear(w.serve(c.RequestWrite("s1", "x", values[i]))))
	}
	read := w.serve(c.RequestSnapshot("s2", "x"))
	w.restart("s2")
	written := w.serve(w.clients["c2"].RequestWrite("s2", "x", values[2]))
	w.check(written.Version.Stamp > read.At, "%v was written after a read as of %d", written.Version, read.At)
}

// early: somebody would answer a write before it is durable.
func early(w *world) {
	s, m := w.servers["s1"], w.clients["c1"].RequestWrite("s1", "x", values[0])
	w.take(s, m)
	w.answer(s)
	w.flush(s, 0)
	w.answer(s)
}

// earlyRead: somebody would answer a reader before the version that it is told
// is durable.
func earlyRead(w *world) {
	s := w.servers["s1"]
	w.take(s, w.clients["c1"].RequestWrite("s1", "x", values[0]))
	w.take(s, w.clients["c2"].RequestRead("s1", "x"))
	w.answer(s)
	w.flush(s, 0)
	w.answer(s)
}

// late: the answer to a write leaves when the clock has gone on.
func late(w *world) {
	s, c := w.servers["s1"], w.clients["c1"]
	w.take(s, c.RequestWrite("s1", "x", values[0]))
	w.take(s, w.clients["c2"].RequestWrite("s1", "x", values[1]))
	w.flush(s, 1)
	w.answer(s)
	w.deliver(w.sim.Now())
	w.check(c.Seen() == s.Clock(), "the client has seen %d on a clock at %d", c.Seen(), s.Clock())
}

// restart: a server writes after a crash. Of two versions that were not flushed
// the crash has kept one.
func restart(w *world) {
	s, c := w.servers["s1"], w.clients["c1"]
	first := w.serve(c.RequestWrite("s1", "x", values[0]))
	w.take(s, c.RequestWrite("s1", "x", values[1]))
	w.take(s, c.RequestWrite("s1", "x", values[2]))
	w.fail(s.Crash(s.Log()[:2]))
	w.fail(s.Start())
	later := w.serve(c.RequestWrite("s1", "x", values[3]))
	w.check(later.Version.Stamp > first.Version.Stamp+1, "%v was written after %v, in another life", later.Version, first.Version)
}

// twice: requests and answers arrive twice.
func twice(w *world) {
	s, c := w.servers["s1"], w.clients["c1"]
	m := c.RequestWrite("s1", "x", values[0])
	a, b := w.serve(m), w.serve(m)
	w.check(a.Version.Stamp < b.Version.Stamp, "two versions %v and %v", a.Version, b.Version)
	for _, reply := range []*lc.Reply{b, a, b} {
		w.fail(c.Hear(reply))
	}
	w.check(c.Held("x") == b.Version, "the client holds %v", c.Held("x"))
	read := c.RequestRead("s1", "x")
	w.take(s, read)
	w.take(s, read) // it is owed one answer
	w.check(len(s.Owed()) == 1, "%d answers are owed to a read that came twice", len(s.Owed()))
	w.answer(s)
	w.deliver(w.sim.Now())
}

// snapshot: a client that has heard of the first version only reads as of then.
func snapshot(w *world) {
	c := w.clients["c1"]
	first := w.serve(c.RequestWrite("s1", "x", values[0]))
	w.fail(c.Hear(first))
	m := c.RequestSnapshot("s1", "x")
	w.serve(w.clients["c2"].RequestWrite("s1", "x", values[1]))
	seen := w.serve(m)
	w.check(seen.Version == first.Version, "as of %d the newest is %v", seen.At, seen.Version)
	w.fail(c.Hear(seen))
}

// misled: messages arrive where they were not sent.
func misled(w *world) {
	c := w.clients["c1"]
	m := c.RequestWrite("s1", "x", values[0])
	_, err := w.servers["s2"].Write(m)
	w.check(errors.Is(err, lc.ErrNotAllowed), "s2 takes what is for s1: %v", err)
	reply := w.serve(m)
	err = w.clients["c2"].Hear(reply)
	w.check(errors.Is(err, lc.ErrNotAllowed), "c2 hears what is for c1: %v", err)
	_, err = w.servers["s2"].Read(c.RequestRead("s1", "x"))
	w.check(errors.Is(err, lc.ErrNotAllowed), "s2 takes what is for s1: %v", err)
	w.fail(c.Hear(reply))
}

// equal: two clients hear of two versions with equal stamps, each in another
// order.
func equal(w *world) { w.equal(0) }

func equalOtherwise(w *world) { w.equal(1) }

func (w *world) equal(first int) {
	writer := w.clients["c3"]
	for i, s := range servers { // the writer has heard nothing when it writes to the second
		w.serve(writer.RequestWrite(s, "x", values[i]))
	}
	for i, name := range clients[:2] {
		for j := range servers {
			m := w.serve(w.clients[name].RequestRead(servers[(first+i+j)%2], "x"))
			w.fail(w.clients[name].Hear(m))
		}
	}
	a, b := w.clients["c1"].Held("x"), w.clients["c2"].Held("x")
	w.check(a == b, "two clients know the same versions, and one holds %v, the other %v", a, b)
}

// restart ends a server's life, keeps of its log what is durable, and begins
// the next one.
func (w *world) restart(server string) {
	s := w.servers[server]
	w.fail(s.Crash(s.Log()[:s.Durable()]))
	w.fail(s.Start())
}

// serve lets a server take a request, flush all that it has, and answer it.
func (w *world) serve(m *lc.Request) *lc.Reply {
	core := w.servers[m.To]
	w.take(core, m)
	w.flush(core, len(core.Log())-core.Durable()-1)
	var reply *lc.Reply
	for _, a := range core.Owed() {
		if a.Request == m {
			var err error
			reply, err = core.Reply(a)
			w.fail(err)
			break
		}
	}
	if reply == nil {
		panic("no answer") // ends the run
	}
	return reply
}

func (w *world) check(holds bool, format string, args ...any) {
	if !holds {
		w.fail(fmt.Errorf(format, args...))
	}
}
