package hybridclock

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// processes lets each clock be in a process, and send its stamps to the others over TCP.
// Each is killed in turn, and comes back with a clock that was set back.
func processes(ctx context.Context, run conformance.Run) error {
	p := toolbox.NewProcesses(ctx, run)
	var s toolbox.Script
	start := func(names ...string) {
		for _, name := range names {
			s.Must(p.Start(name))
		}
		s.Must(p.Introduce(nodes...))
	}
	start(nodes...)
	for round := range 2 {
		at := int(run.Seed) + round
		first, next, last := nodes[at%3], nodes[(at+1)%3], nodes[(at+2)%3]
		s.Follow(strings.NewReplacer("first", first, "next", next, "last", last).Replace(`
			next 35 now ok, first 40 next ok, next 35 first ok
			last 5 now ok, first 60 last refused
			kill first
			first 20 now ahead, next 50 now ok, first 50 next ok
			next 50 last refused, last 55 first ok`),
			func(words []string) error {
				if words[0] == "kill" {
					start(first)
					return nil
				}
				reading, _ := strconv.Atoi(words[1])
				return p.Order(words[0], words[3], strconv.Itoa(reading+60*round), words[2])
			})
	}
	return errors.Join(s.Err(), p.Kill(), toolbox.Merge(run, nodes))
}

// server is a clock in a process of its own.
type server struct {
	*node
	channels *ssc.Node
	steps    *lamportclock.Clock // orders the steps of all processes
}

// child is the main function of a clock's process.
func child(args []string) error {
	s := &server{steps: new(lamportclock.Clock)}
	return toolbox.RecordChild(args, func(name, dir string, seed int64) (*trace.Recorder, error) {
		return toolbox.ResumeProcess(dir, name, nodes, header("processes", seed), s.steps)
	}, s.serve)
}

// serve does what the parent says until that ends.
func (s *server) serve(name, dir string, rec *trace.Recorder) (err error) {
	s.node = newNode(name, rec, nil)
	if err := s.open(filepath.Join(dir, name+".clock"), nil); err != nil {
		return err
	}
	s.channels, err = channels.Serve(name, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		return s.receive(request)
	})
	if err != nil {
		return err
	}
	return toolbox.Obey(s.obey)
}

// receive takes a stamp, and beside it that of the step that has given it. The answer
// says whether the clock refuses it.
func (s *server) receive(message []byte) (answer []byte, err error) {
	s.steps.Tick(binary.LittleEndian.Uint64(message[8:]))
	_, err = s.clock.Update(hc.Stamp(binary.LittleEndian.Uint64(message)))
	if errors.Is(err, hc.ErrAhead) {
		return []byte("refused"), nil
	}
	return []byte("ok"), err
}

// obey sets the physical clock, takes a stamp and sends it, if it is to be sent.
func (s *server) obey(words []string) (string, error) {
	if words[0] == "know" {
		return channels.Know(s.channels, words)
	}
	reading, err := strconv.Atoi(words[0])
	if err != nil {
		return "", err
	}
	s.physical.Set(time.Duration(reading) * time.Millisecond)
	stamp, err := s.clock.Now()
	if errors.Is(err, hc.ErrAhead) {
		return "ahead", nil
	}
	if err != nil || words[1] == "now" {
		return "ok", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	message := binary.LittleEndian.AppendUint64(nil, uint64(stamp))
	answer, err := channels.Request(ctx, s.channels, words[1], binary.LittleEndian.AppendUint64(message, s.rec.Stamp().Time))
	return string(answer), err
}
