package lamportclock

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// failing is two servers in turn on a disk that fails at a time that depends on the seed.
// The failure ends the server's work. The server's next incarnation starts with what the
// end of the process, or of the machine, has left. Clients hop between the servers, so that
// reads leave marks in the logs. Under the last incarnation the disk does not fail, and in the
// end that server owes nothing.
func failing(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("failing", run.Seed), func(rec *trace.Recorder) error {
		disk, asking, before := disktest.New(), newCluster(rec, clients, keys...).clients, toolbox.CountFrom(rec, run.Seed)
		const last = 5
		for incarnation := range last + 1 {
			name := servers[incarnation%2]
			s, err := lc.OpenServer(lc.ServerOptions{Name: name, Path: name, FS: disk, Trace: rec})
			if err != nil {
				return fmt.Errorf("incarnation %d: %w", incarnation, err)
			}
			number := int(run.Seed)*5 + incarnation
			err = toolbox.Concurrently(len(asking), func(i int) error {
				for n, op := range toolbox.Workload[operation](int64(number*len(asking)+i), 4, 4) {
					if i == 0 && n == number%4 && incarnation < last {
						disk.Fail(name, uint8(number/4))
					}
					value := values[(incarnation*len(asking)+i)*4+n]
					if err := ask(s, asking[clients[i]], before, op, name, value); err != nil {
						return stopped(s, asking[clients[i]], name, err)
					}
				}
				return nil
			})
			if incarnation == last {
				end(rec, name, s)
			}
			if err := errors.Join(err, s.Close()); err != nil {
				return fmt.Errorf("incarnation %d: %w", incarnation, err)
			}
			disk.End(uint8(number), int64(number))
		}
		return nil
	})
}

// ask lets a client ask the server for something, and hear the answer. Before it writes, it
// has seen that stamp.
func ask(s *lc.Server, c *lc.ClientCore, before uint64, op operation, name, value string) error {
	kind := []lc.Kind{lc.Write, lc.Read, lc.Snapshot, lc.Write}[op.Kind%4]
	m := request(c, kind, name, toolbox.Pick(keys, op.Key), value)
	if kind == lc.Write {
		m.Stamp = max(m.Stamp, before)
	}
	reply, err := s.Do(m)
	if err != nil {
		return err
	}
	return c.Hear(reply)
}

// stopped holds a server that has given up to it: it answers nothing any more, not even
// what needs no disk.
func stopped(s *lc.Server, c *lc.ClientCore, name string, err error) error {
	if !errors.Is(err, lc.ErrStopped) {
		return err
	}
	if _, err := s.Do(c.RequestSnapshot(name, keys[0])); !errors.Is(err, lc.ErrStopped) {
		return fmt.Errorf("a server whose disk has failed says: %w", err)
	}
	return nil
}
