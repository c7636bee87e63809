package singlesocketchannel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// situations are what can go wrong, each brought about by itself. Nothing beats
// in them by itself unless it is named quick: then an interval is short.
var situations = []struct {
	name  string
	quick bool
	run   func(*world) error
}{
	{"frames come in pieces", false, inPieces},
	{"a request is too long", false, overlong},
	{"too many requests", false, tooMany},
	{"a reader that is left over", false, oldReader},
	{"two have something to write", false, twoWriters},
	{"the other end is dead", true, deadEnd},
	{"an answer is lost", false, lostAnswer},
	{"the process is another one", false, otherProcess},
	{"nobody waits any more", false, givenUp},
	{"both ends dial", false, bothDial},
	{"half open", false, halfOpen},
	{"nothing to say", true, idle},
	{"the other end does not read", false, stalled},
}

func situation(_ context.Context, run conformance.Run) error {
	s := situations[int(run.Seed)%len(situations)]
	beat := time.Minute
	if s.quick {
		beat = 10 * time.Millisecond
	}
	plan := func(string) proxy.Plan { return proxy.Faultless }
	if err := inWorld(run, "situations", beat, plan, s.run); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// ask makes requests with the first so many texts.
func ask(ch *ssc.Channel, count int) (futures []*ssc.Future, err error) {
	ctx, cancel := patience()
	defer cancel()
	for i := range count {
		f, err := ch.Send(ctx, []byte(texts[i]))
		if err != nil {
			return nil, err
		}
		futures = append(futures, f)
	}
	return futures, nil
}

func all(futures []*ssc.Future, or ...error) (err error) {
	ctx, cancel := patience()
	defer cancel()
	for i, f := range futures {
		err = errors.Join(err, answered(ctx, f, texts[i], or...))
	}
	return err
}

// asked asks, and waits for the answers.
func asked(ch *ssc.Channel, count int) error {
	futures, err := ask(ch, count)
	if err != nil {
		return err
	}
	return all(futures)
}

// inPieces lets b read a frame in pieces that do not end where it ends.
func inPieces(w *world) error {
	w.taps["b"].piece.Store(30)
	ctx, cancel := patience()
	defer cancel()
	f, err := w.channel("a", true).Send(ctx, []byte(pieces))
	if err != nil {
		return err
	}
	return answered(ctx, f, pieces)
}

func overlong(w *world) error {
	ctx, cancel := patience()
	defer cancel()
	ch := w.channel("a", true)
	if _, err := ch.Send(ctx, []byte(tooLong)); !errors.Is(err, ssc.ErrTooLong) {
		return fmt.Errorf("a request that is too long: %v", err)
	}
	return asked(ch, 1)
}

// tooMany fills the window, and asks once more.
func tooMany(w *world) error {
	w.held.Store(true)
	ch := w.channel("a", true)
	futures, err := ask(ch, window)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ch.Send(ctx, []byte("t9")); !errors.Is(err, ssc.ErrNotSent) {
		return fmt.Errorf("one request too many: %v", err)
	}
	w.open()
	return all(futures)
}

// greetingSize is what a greeting has between a and b.
const greetingSize = 21 + 19 + 2*2 + 16

// sizeOf is what the first so many requests have.
func sizeOf(count int) (size int64) {
	for _, t := range texts[:count] {
		size += int64(21 + len(t))
	}
	return size
}

// oldReader leaves a reader of b with a request for which there is no room, and
// then replaces its connection.
func oldReader(w *world) error {
	w.held.Store(true)
	futures, err := ask(w.channel("a", false), room+1)
	if err != nil {
		return err
	}
	err = until("b has read all", func() bool { return w.taps["b"].read.Load() >= greetingSize+sizeOf(room+1) })
	if err != nil {
		return err
	}
	w.ways["b"].CutClients()
	before := w.taps["b"].read.Load()
	err = until("a has dialled again", func() bool { return w.taps["b"].read.Load() >= before+greetingSize+sizeOf(room+1) })
	if err != nil {
		return err
	}
	w.open()
	return all(futures)
}

// twoWriters lets the write of a frame wait while another one is to be written.
func twoWriters(w *world) error {
	ch := w.channel("a", true)
	if err := asked(ch, 1); err != nil {
		return err
	}
	w.taps["a"].stop()
	futures, err := ask(ch, 1)
	if err != nil {
		return err
	}
	if err := until("a writes", func() bool { return w.taps["a"].writers() > 0 }); err != nil {
		return err
	}
	ctx, cancel := patience()
	defer cancel()
	second, err := ch.Send(ctx, []byte(texts[1]))
	if err != nil {
		return err
	}
	soon := time.After(200 * time.Millisecond)
	for done := false; !done && w.taps["a"].writers() < 2; {
		select {
		case <-soon: // so there is one writer only
			done = true
		case <-time.After(time.Millisecond):
		}
	}
	w.taps["a"].let()
	return all(append(futures, second))
}

// deadEnd lets everything stand still without a word.
func deadEnd(w *world) error {
	ch := w.channel("a", false)
	if err := asked(ch, 2); err != nil {
		return err
	}
	w.ways["b"].Hold()
	back, err := w.nodes["b"].Peer("a", "")
	if err != nil {
		return err
	}
	err = until("both ends notice", func() bool { return !ch.Connected() && !back.Connected() })
	w.ways["b"].Release()
	if err != nil {
		return err
	}
	return asked(ch, 2)
}

// lostAnswer lets b handle requests, and a not hear of it.
func lostAnswer(w *world) error {
	ch := w.channel("a", false)
	if err := asked(ch, 1); err != nil {
		return err
	}
	w.held.Store(true)
	before := w.taps["b"].read.Load()
	futures, err := ask(ch, 2)
	if err != nil {
		return err
	}
	if err := w.waits(); err != nil {
		return err
	}
	if err := until("b has both", func() bool { return w.taps["b"].read.Load() >= before+sizeOf(2) }); err != nil {
		return err
	}
	w.ways["b"].Hold()
	w.gate <- struct{}{}
	if err := w.waits(); err != nil { // the first is done, the second has begun
		return err
	}
	w.ways["b"].Cut()
	w.ways["b"].Release()
	w.open()
	return all(futures)
}

// otherProcess lets b end with a request, and another b take its place.
func otherProcess(w *world) error {
	w.held.Store(true)
	ch := w.channel("a", false)
	futures, err := ask(ch, 1)
	if err != nil {
		return err
	}
	if err := w.waits(); err != nil {
		return err
	}
	if err := w.nodes["b"].Close(); err != nil {
		return err
	}
	if err := until("a notices", func() bool { return !ch.Connected() }); err != nil {
		return err
	}
	if err := w.start("b"); err != nil {
		return err
	}
	w.open()
	ctx, cancel := patience()
	defer cancel()
	if _, err := futures[0].Wait(ctx); !errors.Is(err, ssc.ErrUnknown) {
		return fmt.Errorf("the process that was asked is gone: %v", err)
	}
	if err := asked(ch, 2); err != nil {
		return err
	}
	// Now a is another one, and has not heard of any epoch.
	if err := w.restart("a"); err != nil {
		return err
	}
	return asked(w.channel("a", false), 2)
}

// givenUp lets those who ask go away, before and after it was sent.
func givenUp(w *world) error {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	w.ways["b"].Retarget("127.0.0.1:1") // nobody is there
	ch := w.channel("a", false)
	futures, err := ask(ch, 1)
	if err != nil {
		return err
	}
	if _, err := futures[0].Wait(gone); !errors.Is(err, ssc.ErrNotSent) {
		return fmt.Errorf("given up before it was sent: %v", err)
	}
	w.ways["b"].Retarget(w.nodes["b"].Addr().String())
	w.held.Store(true)
	if futures, err = ask(ch, 2); err != nil {
		return err
	}
	if err := w.waits(); err != nil {
		return err
	}
	if _, err := futures[0].Wait(gone); !errors.Is(err, ssc.ErrUnknown) {
		return fmt.Errorf("given up after it was sent: %v", err)
	}
	w.open()
	ctx, cancel := patience()
	defer cancel()
	return answered(ctx, futures[1], texts[1])
}

// bothDial lets a's connection come to b when b has made one itself.
func bothDial(w *world) error {
	w.ways["b"].Hold()
	there, err := ask(w.channel("a", false), 1)
	if err != nil {
		return err
	}
	if err := until("a has dialled", func() bool { return w.ways["b"].Open() == 1 }); err != nil {
		return err
	}
	back, err := ask(w.channel("b", true), 1)
	if err != nil {
		return err
	}
	if err := errors.Join(all(back), all(there)); err != nil {
		return err
	}
	w.ways["b"].Release()
	if err := until("a's is turned away", func() bool { return w.ways["b"].Open() == 0 }); err != nil {
		return err
	}
	return asked(w.channel("a", false), 2)
}

// halfOpen lets b lose a connection that a takes for open, and dial.
func halfOpen(w *world) error {
	if err := asked(w.channel("a", false), 2); err != nil {
		return err
	}
	w.ways["b"].CutServers()
	back := w.channel("b", true)
	if err := until("b notices", func() bool { return !back.Connected() }); err != nil {
		return err
	}
	if err := asked(back, 2); err != nil {
		return err
	}
	return asked(w.channel("a", false), 2)
}

// stalled lets the writes of a wait until it gives the connection up, and dials
// again. Nobody is silent for too long meanwhile.
func stalled(w *world) error {
	w.write = 50 * time.Millisecond
	if err := w.restart("a"); err != nil {
		return err
	}
	ch := w.channel("a", true)
	if err := asked(ch, 1); err != nil {
		return err
	}
	before := w.taps["a"].expired()
	w.taps["a"].stop()
	futures, err := ask(ch, 2)
	if err != nil {
		return err
	}
	if err := until("a write was not over in time", func() bool { return w.taps["a"].expired() > before }); err != nil {
		return err
	}
	w.taps["a"].let()
	return all(futures)
}

// idle lets two ends say nothing but that they are there.
func idle(w *world) error {
	ch := w.channel("a", true)
	if err := asked(ch, 1); err != nil {
		return err
	}
	before := w.taps["b"].read.Load()
	return until("a has beaten three times", func() bool {
		if !ch.Connected() { // this machine was too slow for the interval
			if err := asked(ch, 1); err != nil {
				w.blame(err)
			}
		}
		return w.taps["b"].read.Load() >= before+3*21
	})
}
