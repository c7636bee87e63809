package main

import (
	"runtime"
	"sync"
)

// group makes one log out of a function that makes a batch durable: entries
// that arrive while a batch is being saved wait together and are the next one.
type group struct {
	save   func(entries [][]byte) error
	close  func() error
	saving sync.Mutex // held while a batch is saved

	mu        sync.Mutex
	gathering *batch
}

type batch struct {
	entries [][]byte
	done    chan struct{} // closed when err is set
	err     error
}

func newGroup(save func([][]byte) error, close func() error) *group {
	return &group{save: save, close: close, gathering: &batch{done: make(chan struct{})}}
}

// Append implements log. The first to come leads its batch: it waits for the
// batch before it, and saves what has come together meanwhile.
func (g *group) Append(entry []byte) error {
	g.mu.Lock()
	b := g.gathering
	b.entries = append(b.entries, entry)
	leads := len(b.entries) == 1
	g.mu.Unlock()
	if !leads {
		<-b.done
		return b.err
	}
	g.saving.Lock()
	// Those who were woken by the batch before are about to come back: let
	// them, so that this flush is for all and not for the first of them.
	runtime.Gosched()
	g.mu.Lock()
	g.gathering = &batch{entries: make([][]byte, 0, cap(b.entries)), done: make(chan struct{})}
	g.mu.Unlock()
	b.err = g.save(b.entries)
	g.saving.Unlock()
	close(b.done)
	return b.err
}

// Close implements log.
func (g *group) Close() error { return g.close() }
