package versionvector

import (
	"fmt"
	"slices"
	"sync"
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
