package versionvector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
)

// history judges a run by what its clients have read and written, and by nothing else: no
// vector, and no trace. It is for use by several goroutines.
type history struct {
	mu   sync.Mutex
	past map[string][]string // of each value: all that its writer had seen, and itself
	told []string            // the values of which a client was told that they are durable
}

// wrote notes a write whose client had read these values.
func (h *history) wrote(value string, read []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.past == nil {
		h.past = map[string][]string{}
	}
	h.past[value] = append(h.seen(read), value)
}

// durable notes that clients were told so.
func (h *history) durable(values ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, values...)
}

// seen is all that a client knows of that has read these values.
func (h *history) seen(read []string) (all []string) {
	for _, v := range read {
		all = append(all, h.past[v]...)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// check judges what all replicas have at the end.
func (h *history) check(final []string) error {
	for _, v := range h.told {
		if !slices.Contains(h.seen(final), v) {
			return fmt.Errorf("%s is lost: the end is %q, and no writer of these had seen it", v, final)
		}
	}
	for i, v := range final {
		if slices.Contains(h.seen(slices.Delete(slices.Clone(final), i, i+1)), v) {
			return fmt.Errorf("%s is back: the end is %q, and a writer of these had seen it", v, final)
		}
	}
	return nil
}

// group is replicas with a history of their clients. All functions but hit are for one
// replica, which may be gone: get and put return an error then that wraps gone.
type group struct {
	history
	get  func(name string) (vv.Reply, error)
	put  func(name string, read vv.Reply, value string) error // nil once it is durable
	ask  func(name string) error                              // it asks all others, and flushes
	hit  func(name string, seed int64) error                  // it will be gone, at once or soon
	gone error
}

// work lets four clients read and write, each with what it has read last, wherever that
// was. One replica is hit meanwhile. Part is the number of the part of the run.
func (g *group) work(seed int64, part int) error {
	seed = seed*3 + int64(part)
	return toolbox.Concurrently(4, func(client int) (err error) {
		var read vv.Reply
		for n, op := range toolbox.Workload[operation](seed*10+int64(client), 3, 3) {
			name, value := toolbox.Pick(nodes, op.Node), values[part*12+client*3+n]
			if client == 0 && n == 2 {
				err = g.hit(toolbox.Pick(nodes, seed), seed)
			}
			answer, failed := g.get(name)
			if op.What%4 > 0 && failed == nil {
				read = answer
			}
			g.wrote(value, read.Values)
			unknown := g.put(name, read, value)
			if unknown == nil {
				g.durable(value)
			}
			if err = errors.Join(err, toolbox.Allow(failed, g.gone), toolbox.Allow(unknown, g.gone)); err != nil {
				return err
			}
		}
		return nil
	})
}

// converge lets all replicas ask each other until they have the same.
func (g *group) converge(ctx context.Context) (err error) {
	have, polls := make([][]string, len(nodes)), 0
	late := new(toolbox.Patience).Eventually(ctx, "all replicas have the same", func() bool {
		if polls++; polls%50 != 1 {
			return false // a connection takes its time
		}
		for i, name := range nodes {
			read, failed := g.get(name)
			have[i], err = read.Values, errors.Join(err, failed, g.ask(name))
		}
		return err != nil || slices.Equal(have[0], have[1]) && slices.Equal(have[0], have[2])
	})
	return errors.Join(err, late, g.history.check(have[0]))
}
