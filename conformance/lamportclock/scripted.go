package lamportclock

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are the reasons for the rules, step by step and without chance. In each of
// them one rule makes the difference. Run n is the nth of them.
var scripts = []func(*cluster){
	hopping, readMoves, readThenCrash, early, earlyRead, late, restart, twice, snapshot, misled, equal, equalOtherwise,
}

func script(_ context.Context, run conformance.Run) error {
	return inCluster(run, "scripts", networktest.Faults{}, toolbox.Pick(scripts, run.Seed-1))
}

// take gives a server a request that it must take.
func (c *cluster) take(server *lc.Core, m *lc.Request) { c.Must(take(server, m)) }

// restart crashes a server, keeps of its log what is durable, and starts it again.
func (c *cluster) restart(server string) {
	s := c.servers[server]
	c.Must(s.Crash(s.Log()[:s.Durable()]))
	c.Must(s.Start())
}

// serve lets a server take a request, flush all that it has, and answer it.
func (c *cluster) serve(m *lc.Request) *lc.Reply {
	server := c.servers[m.To]
	c.take(server, m)
	c.flushAll(server)
	for _, a := range server.Owed() {
		if a.Request == m {
			reply, err := server.Reply(a)
			c.Must(err)
			if reply != nil {
				return reply
			}
		}
	}
	panic("no answer") // ends the run
}

// call lets a server serve a request, and its client hear the answer.
func (c *cluster) call(m *lc.Request) *lc.Reply {
	reply := c.serve(m)
	c.Must(c.clients[m.From].Hear(reply))
	return reply
}

// hopping: a client writes to s1 until its clock is far ahead of s2's, and then
// to s2.
func hopping(r *cluster) {
	c := r.clients["c1"]
	var before uint64
	for i, server := range []string{"s1", "s1", "s1", "s2", "s1"} {
		m := r.call(c.RequestWrite(server, "x", values[i]))
		r.Check(m.Version.Stamp > before, "the write %d is not after the one before it", i)
		before = m.Version.Stamp
	}
}

// readMoves: a client that has heard of stamp 2 elsewhere reads on s2, where
// nothing was written. What is written there later is later.
func readMoves(r *cluster) {
	c := r.clients["c1"]
	for i := range 2 {
		r.call(c.RequestWrite("s1", "x", values[i]))
	}
	read := r.serve(c.RequestRead("s2", "x"))
	written := r.serve(r.clients["c2"].RequestWrite("s2", "x", values[2]))
	r.Check(written.Version.Stamp > read.At, "%v was written after a read as of %d", written.Version, read.At)
	r.Must(c.Hear(read))
	r.Must(r.clients["c2"].Hear(written))
}

// readThenCrash: the same, with a crash between the two.
func readThenCrash(r *cluster) {
	c := r.clients["c1"]
	for i := range 2 {
		r.call(c.RequestWrite("s1", "x", values[i]))
	}
	read := r.serve(c.RequestSnapshot("s2", "x"))
	r.restart("s2")
	written := r.serve(r.clients["c2"].RequestWrite("s2", "x", values[2]))
	r.Check(written.Version.Stamp > read.At, "%v was written after a read as of %d", written.Version, read.At)
}

// early: a server would answer a write before it is durable.
func early(r *cluster) {
	s, m := r.servers["s1"], r.clients["c1"].RequestWrite("s1", "x", values[0])
	r.take(s, m)
	r.answer(s)
	r.flush(s, 0)
	r.answer(s)
}

// earlyRead: a server would answer a reader before the version that it is told
// is durable.
func earlyRead(r *cluster) {
	s := r.servers["s1"]
	r.take(s, r.clients["c1"].RequestWrite("s1", "x", values[0]))
	r.take(s, r.clients["c2"].RequestRead("s1", "x"))
	r.answer(s)
	r.flush(s, 0)
	r.answer(s)
}

// late: the answer to a write leaves when the clock has gone on.
func late(r *cluster) {
	s, c := r.servers["s1"], r.clients["c1"]
	r.take(s, c.RequestWrite("s1", "x", values[0]))
	r.take(s, r.clients["c2"].RequestWrite("s1", "x", values[1]))
	r.flush(s, 1)
	r.answer(s)
	r.run(0)
	r.Check(c.Seen() == s.Clock(), "the client has seen %d on a clock at %d", c.Seen(), s.Clock())
}

// restart: a server writes after a crash. Of two versions that were not flushed
// the crash has kept one.
func restart(r *cluster) {
	s, c := r.servers["s1"], r.clients["c1"]
	first := r.serve(c.RequestWrite("s1", "x", values[0]))
	r.take(s, c.RequestWrite("s1", "x", values[1]))
	r.take(s, c.RequestWrite("s1", "x", values[2]))
	r.Must(s.Crash(s.Log()[:2]))
	r.Must(s.Start())
	later := r.serve(c.RequestWrite("s1", "x", values[3]))
	r.Check(later.Version.Stamp > first.Version.Stamp+1, "%v was written after %v, in another incarnation", later.Version, first.Version)
}

// twice: requests and answers arrive twice.
func twice(r *cluster) {
	s, c := r.servers["s1"], r.clients["c1"]
	m := c.RequestWrite("s1", "x", values[0])
	a, b := r.serve(m), r.serve(m)
	r.Check(a.Version.Stamp < b.Version.Stamp, "two versions %v and %v", a.Version, b.Version)
	for _, reply := range []*lc.Reply{b, a, b} {
		r.Must(c.Hear(reply))
	}
	r.Check(c.Held("x") == b.Version, "the client holds %v", c.Held("x"))
	read := c.RequestRead("s1", "x")
	r.take(s, read)
	r.take(s, read) // it is owed one answer
	r.Check(len(s.Owed()) == 1, "%d answers are owed to a read that came twice", len(s.Owed()))
	r.answer(s)
	r.run(0)
}

// snapshot: a client that has heard of the first version only reads as of then.
func snapshot(r *cluster) {
	c := r.clients["c1"]
	first := r.call(c.RequestWrite("s1", "x", values[0]))
	m := c.RequestSnapshot("s1", "x")
	r.serve(r.clients["c2"].RequestWrite("s1", "x", values[1]))
	seen := r.serve(m)
	r.Check(seen.Version == first.Version, "as of %d the newest is %v", seen.At, seen.Version)
	r.Must(c.Hear(seen))
}

// misled: messages arrive where they were not sent.
func misled(r *cluster) {
	c := r.clients["c1"]
	m := c.RequestWrite("s1", "x", values[0])
	r.Refused(take(r.servers["s2"], m), lc.ErrNotAllowed) // it is for s1
	reply := r.serve(m)
	r.Refused(r.clients["c2"].Hear(reply), lc.ErrNotAllowed)                     // it is for c1
	r.Refused(take(r.servers["s2"], c.RequestRead("s1", "x")), lc.ErrNotAllowed) // it is for s1
	r.Must(c.Hear(reply))
}

// equal: two clients hear of two versions with equal stamps, each in another
// order.
func equal(r *cluster) { r.equal(0) }

func equalOtherwise(r *cluster) { r.equal(1) }

func (r *cluster) equal(first int) {
	writer := r.clients["c3"]
	for i, s := range servers { // the writer has heard nothing when it writes to the second
		r.serve(writer.RequestWrite(s, "x", values[i]))
	}
	for i, name := range clients[:2] {
		for j := range servers {
			r.call(r.clients[name].RequestRead(servers[(first+i+j)%2], "x"))
		}
	}
	a, b := r.clients["c1"].Held("x"), r.clients["c2"].Held("x")
	r.Check(a == b, "two clients know the same versions, and one holds %v, the other %v", a, b)
}

// lives are incarnations of servers, each of which a client asks. They end with each kind
// of entry: none at all, a version, a mark. The clock of s2 is ahead, and c2 has been
// there.
var lives = []struct {
	server, client string
	asks           []lc.Kind // about x, and then about y
}{
	{"s2", "c2", []lc.Kind{lc.Write}},
	{"s2", "c2", []lc.Kind{lc.Write}},
	{"s2", "c2", []lc.Kind{lc.Write}},
	{"s1", "c1", nil},
	{"s1", "c1", []lc.Kind{lc.Write}},
	{"s1", "c2", []lc.Kind{lc.Read}},
	{"s1", "c1", []lc.Kind{lc.Snapshot, lc.Write}},
	{"s1", "c1", []lc.Kind{lc.Read, lc.Read}},
}

// incarnations is one server after the other with the same real file.
func incarnations(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("incarnations", run.Seed), func(rec *trace.Recorder) error {
		asking := map[string]*lc.ClientCore{"c1": lc.NewClientCore("c1", rec, keys...), "c2": lc.NewClientCore("c2", rec, keys...)}
		for i, life := range lives {
			s, err := lc.OpenServer(lc.ServerOptions{Name: life.server, Path: filepath.Join(run.Dir, life.server), Trace: rec})
			if err != nil {
				return fmt.Errorf("incarnation %d: %w", i, err)
			}
			c := asking[life.client]
			for k, kind := range life.asks {
				reply, failed := s.Do(request(c, kind, life.server, keys[k], values[i]))
				if failed == nil {
					failed = c.Hear(reply)
				}
				err = errors.Join(err, failed)
			}
			if err := errors.Join(err, s.Close()); err != nil {
				return fmt.Errorf("incarnation %d: %w", i, err)
			}
		}
		return nil
	})
}
