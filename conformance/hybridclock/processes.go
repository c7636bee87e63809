package hybridclock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// processes lets each clock be in a process, and send its stamps to the others over TCP.
// Each is killed in turn, and comes back with a clock that was set back.
func processes(ctx context.Context, run conformance.Run) error {
	p, rounds := toolbox.NewProcesses(ctx, run), 2
	if run.Long {
		rounds = 3
	}
	var s toolbox.Script
	for _, name := range nodes {
		s.Must(p.Start(name))
	}
	introduce := func() {
		for _, name := range nodes {
			s.Must(p.Introduce(name))
		}
	}
	introduce()
	for round := 0; round < rounds && s.Err() == nil; round++ {
		order := []string{nodes[(int(run.Seed)+round)%3], nodes[(int(run.Seed)+round+1)%3], nodes[(int(run.Seed)+round+2)%3]}
		first, next, last := order[0], order[1], order[2]
		s.Follow(`
			next 35 now ok
			first 40 next ok
			next 35 first ok
			last 5 now ok
			first 60 last refused
			kill
			first 20 now ahead
			next 50 now ok
			first 50 next ok
			next 50 last refused
			last 55 first ok`,
			func(words []string) error {
				if words[0] == "kill" {
					err := p.Named(first).Kill()
					if err == nil {
						err = p.Start(first)
					}
					introduce()
					return err
				}
				names := map[string]string{"first": first, "next": next, "last": last, "now": "now"}
				time, err := strconv.Atoi(words[1])
				if err != nil {
					return err
				}
				return p.Order(names[words[0]], words[3], strconv.Itoa(time+60*round), names[words[2]])
			})
	}
	return errors.Join(s.Err(), p.Kill(), toolbox.Merge(run, nodes))
}

// server is a clock in a process of its own.
type server struct {
	clock    *hc.Clock
	physical *clocktest.Clock
	channels *ssc.Node
	rec      *trace.Recorder
	steps    *lamportclock.Clock // orders the steps of all processes
}

// child is the main function of a clock's process.
func child(args []string) (err error) {
	var name, dir string
	var seed int64
	if err := toolbox.Arguments(args, "NAME FOLDER SEED", &name, &dir, &seed); err != nil {
		return err
	}
	s := &server{physical: clocktest.New(func() time.Duration { return 0 }), steps: new(lamportclock.Clock)}
	s.rec, err = toolbox.ResumeProcess(dir, name, nodes, header("processes", seed), s.steps)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.rec.Close()) }()
	s.clock, err = hc.Open(hc.Options{
		Path: filepath.Join(dir, name+".clock"), MaxOffset: maxOffset * time.Millisecond, Ahead: ahead * time.Millisecond,
		Clock: s.physical, Name: name, Trace: s.rec,
	})
	if err != nil {
		return err
	}
	s.channels, err = ssc.Listen(name, "127.0.0.1:0", func(_ context.Context, _ string, request []byte) ([]byte, error) {
		if err := s.receive(request); err != nil {
			return []byte(err.Error()), nil
		}
		return nil, nil
	}, ssc.Options{})
	if err != nil {
		return err
	}
	fmt.Println(s.channels.Addr())
	return toolbox.Obey(s.obey)
}

// A message is a stamp, and beside it that of the step that has given it.
const messageSize = 16

func (s *server) receive(message []byte) error {
	if len(message) != messageSize {
		return fmt.Errorf("a message of %d bytes", len(message))
	}
	s.steps.Tick(binary.LittleEndian.Uint64(message[8:]))
	_, err := s.clock.Update(hc.Stamp(binary.LittleEndian.Uint64(message)))
	return err
}

// obey sets the physical clock, takes a stamp and sends it, if it is to be sent.
func (s *server) obey(words []string) (string, error) {
	if words[0] == "know" {
		return toolbox.Introduced(words, func(name, address string) error {
			_, err := s.channels.Peer(name, address)
			return err
		})
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
	channel, err := s.channels.Peer(words[1], "")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	message := binary.LittleEndian.AppendUint64(nil, uint64(stamp))
	answer, err := channel.Request(ctx, binary.LittleEndian.AppendUint64(message, s.rec.Stamp().Time))
	if len(answer) > 0 {
		return "refused", err
	}
	return "ok", err
}
