package versionvector

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// history judges a run by what its clients have read and written, and by nothing else: no
// vector, and no trace. It is for use by several goroutines.
type history struct {
	mu   sync.Mutex
	past map[string]map[string]bool // of each value: all that its writer had seen, and itself
	told []string                   // the values of which a client was told that they are durable
}

// wrote notes a write whose client had read these values.
func (h *history) wrote(value string, read []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	past := h.seen(read)
	past[value] = true
	if h.past == nil {
		h.past = map[string]map[string]bool{}
	}
	h.past[value] = past
}

// durable notes that clients were told so.
func (h *history) durable(values ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, values...)
}

// seen is all that a client knows of that has read these values.
func (h *history) seen(read []string) map[string]bool {
	all := map[string]bool{}
	for _, v := range read {
		maps.Copy(all, h.past[v])
	}
	return all
}

// check judges what all replicas have at the end.
func (h *history) check(final []string) error {
	for _, v := range h.told {
		if !h.seen(final)[v] {
			return fmt.Errorf("%s is lost: the end is %q, and no writer of these had seen it", v, final)
		}
	}
	for i, v := range final {
		if h.seen(slices.Delete(slices.Clone(final), i, i+1))[v] {
			return fmt.Errorf("%s is back: the end is %q, and a writer of these had seen it", v, final)
		}
	}
	return nil
}
