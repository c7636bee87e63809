package lamportclock

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// lives is one server after the other with the same real file. Each life ends
// with another kind of entry: none at all, a version, a mark.
func lives(_ context.Context, run conformance.Run) (err error) {
	rec, err := trace.Create(run.Path, header("lives", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	c := lc.NewClientCore("c1", rec, keys...)
	ahead := lc.NewClientCore("c2", rec, keys...) // has been to s2, where the clock is ahead
	for i := range 3 {
		if err := inOneLife(run, rec, "s2", ahead, func() *lc.Request { return ahead.RequestWrite("s2", "x", values[i]) }); err != nil {
			return err
		}
	}
	for i, life := range [][]func() *lc.Request{
		{},
		{func() *lc.Request { return c.RequestWrite("s1", "x", values[10]) }},
		{func() *lc.Request { return ahead.RequestRead("s1", "x") }},
		{func() *lc.Request { return c.RequestSnapshot("s1", "x") }, func() *lc.Request { return c.RequestWrite("s1", "y", values[11]) }},
		{func() *lc.Request { return c.RequestRead("s1", "x") }, func() *lc.Request { return c.RequestRead("s1", "y") }},
	} {
		of := c
		if i == 2 {
			of = ahead
		}
		if err := inOneLife(run, rec, "s1", of, life...); err != nil {
			return fmt.Errorf("life %d: %w", i, err)
		}
	}
	return nil
}

// inOneLife opens a server, lets it answer what a client asks, and closes it.
func inOneLife(run conformance.Run, rec *trace.Recorder, server string, c *lc.ClientCore, ask ...func() *lc.Request) (err error) {
	s, err := lc.OpenServer(lc.ServerOptions{Name: server, Path: filepath.Join(run.Dir, server), Trace: rec})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, make := range ask {
		reply, err := s.Do(make())
		if err != nil {
			return err
		}
		if err := c.Hear(reply); err != nil {
			return err
		}
	}
	return nil
}
