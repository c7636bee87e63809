package versionvector_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

// randomStates lets three replicas, each with its own random writes, restarts and merges,
// come to states that real replicas can have together.
func randomStates(t *testing.T, seed uint64) []vv.State {
	rng := rand.New(rand.NewPCG(seed, 18))
	cores := []*vv.Core{vv.NewCore("a", []string{"b", "c"}, nil), vv.NewCore("b", []string{"a", "c"}, nil), vv.NewCore("c", []string{"a", "b"}, nil)}
	replies := []vv.Reply{{}}
	for i := range 60 {
		c, from := cores[rng.IntN(3)], cores[rng.IntN(3)]
		switch rng.IntN(6) {
		case 0:
			replies = append(replies, c.Read())
		case 1:
			allowed(t, c.Put(replies[rng.IntN(len(replies))], fmt.Sprint("v", i)))
		case 2:
			if rng.IntN(4) == 0 {
				restart(t, c, c.Store())
			}
		default:
			exchange(t, from, c)
			allowed(t, c.Prune("a", c.Prunable("a")))
		}
	}
	return []vv.State{cores[0].Store(), cores[1].Store(), cores[2].Store(), nil}
}

func allowed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		require.ErrorIs(t, err, vv.ErrNotAllowed)
	}
}

func restart(t *testing.T, c *vv.Core, kept vv.State) {
	t.Helper()
	latest := c.Latest().Join(vv.Vector{c.Name(): c.Incarnation() + 1})
	require.NoError(t, c.Restart(kept, latest))
}

// exchange brings all that one replica has to another one.
func exchange(t *testing.T, from, to *vv.Core) {
	t.Helper()
	m := &vv.Message{Type: vv.Whole, From: from.Name(), To: to.Name(), State: from.Store(), Latest: from.Latest()}
	allowed(t, to.Flush())
	allowed(t, to.Learn(m))
	allowed(t, to.Merge(m))
}

// TestAnEndedIncarnationIsPrunedOnceAllKnowThat: a replica whose vector would grow with each
// restart. What comes late of an incarnation that is pruned changes nothing.
func TestAnEndedIncarnationIsPrunedOnceAllKnowThat(t *testing.T) {
	a, b := vv.NewCore("a", []string{"b"}, nil), vv.NewCore("b", []string{"a"}, nil)
	var late []*vv.Message
	var old []vv.Reply
	for i := range 9 {
		require.NoError(t, a.Put(a.Read(), fmt.Sprint("v", i)))
		m, err := a.Send("b")
		require.NoError(t, err)
		late, old = append(late, m), append(old, a.Read())
		restart(t, a, a.Store())
		require.ErrorIs(t, a.Prune("a", a.Prunable("a")), vv.ErrNotAllowed, "b does not know it")
		exchange(t, a, b)
		exchange(t, b, a)
		allowed(t, a.Prune("a", a.Prunable("a")))
		require.LessOrEqual(t, len(a.Store()), 2, "the floor, and the incarnation of the last value: %v", a.Store())
	}
	exchange(t, a, b)
	before := b.Store()
	require.Equal(t, vv.State{"a.*": {N: 8}, "a.9": {N: 1, Values: []string{"v8"}}}, before)
	for i := range late {
		allowed(t, b.Merge(late[i]))
		require.Equal(t, before, b.Store())
		require.Equal(t, vv.Before, old[i].Context.Compare(vv.ContextOf(before)))
	}
	require.NoError(t, b.Put(old[0], "w"))
	require.Equal(t, []string{"v8", "w"}, b.Store().Values())
}

// TestNothingNewOfAnEndedIncarnation is taken from a client or a replica that did not know
// the end, and all that is not new.
func TestNothingNewOfAnEndedIncarnation(t *testing.T) {
	a, b := vv.NewCore("a", []string{"b"}, nil), vv.NewCore("b", []string{"a"}, nil)
	require.NoError(t, a.Put(vv.Reply{}, "x"))
	lost, err := a.Send("b")
	require.NoError(t, err)
	read := a.Read()
	restart(t, a, nil)
	require.ErrorIs(t, a.Put(read, "y"), vv.ErrNotAllowed)
	ask, err := a.Ask("b")
	require.NoError(t, err)
	require.NoError(t, b.Put(vv.Reply{}, "z"))
	require.ErrorIs(t, b.Learn(ask), vv.ErrNotAllowed, "something is not durable")
	require.NoError(t, b.Flush())
	require.NoError(t, b.Learn(ask))
	require.ErrorIs(t, b.Learn(ask), vv.ErrNotAllowed)
	require.ErrorIs(t, b.Merge(lost), vv.ErrNotAllowed)
	require.ErrorIs(t, b.Put(read, "y"), vv.ErrNotAllowed)
	lost.Latest = ask.Latest
	require.NoError(t, b.Merge(lost))
	require.NoError(t, b.Put(read, "y"))
	require.Equal(t, []string{"y", "z"}, b.Store().Values())
}

// TestJoinIsALeastUpperBound: the order of joins and their repetition make no difference,
// and the context of a join is the join of the contexts.
func TestJoinIsALeastUpperBound(t *testing.T) {
	for seed := range uint64(300) {
		all := randomStates(t, seed)
		for _, s := range all {
			require.Equal(t, s.Values(), vv.Join(s, s).Values(), "seed %d", seed)
			require.Equal(t, s.Values(), vv.Join(s, nil).Values(), "seed %d", seed)
			for _, u := range all {
				require.Equal(t, vv.Join(s, u), vv.Join(u, s), "seed %d", seed)
				require.Equal(t, vv.ContextOf(s).Join(vv.ContextOf(u)), vv.ContextOf(vv.Join(s, u)), "seed %d", seed)
				for _, v := range all {
					require.Equal(t, vv.Join(vv.Join(s, u), v), vv.Join(s, vv.Join(u, v)), "seed %d", seed)
				}
			}
		}
	}
}

// TestCompareIsTheOrderOfCounts, where an actor that is missing counts as zero.
func TestCompareIsTheOrderOfCounts(t *testing.T) {
	for _, c := range []struct {
		v, w vv.Vector
		want vv.Order
	}{
		{nil, vv.Vector{}, vv.Equal},
		{vv.Vector{"a": 1}, vv.Vector{"a": 1}, vv.Equal},
		{nil, vv.Vector{"a": 1}, vv.Before},
		{vv.Vector{"a": 1}, vv.Vector{"a": 2, "b": 1}, vv.Before},
		{vv.Vector{"a": 2, "b": 1}, vv.Vector{"b": 1}, vv.After},
		{vv.Vector{"a": 1}, vv.Vector{"b": 1}, vv.Concurrent},
		{vv.Vector{"a": 2, "b": 1}, vv.Vector{"a": 1, "b": 2}, vv.Concurrent},
		{vv.Vector{"a.2": 7}, vv.Vector{"a.*": 2}, vv.Before},
		{vv.Vector{"a.3": 7}, vv.Vector{"a.*": 2}, vv.Concurrent},
		{vv.Vector{"a.x.1": 7}, vv.Vector{"a.*": 2}, vv.Concurrent},
	} {
		require.Equal(t, c.want, c.v.Compare(c.w), "%v %v", c.v, c.w)
	}
}

// TestStatesDoNotChange when replicas go on: clients and messages have them.
func TestStatesDoNotChange(t *testing.T) {
	c := vv.NewCore("a", []string{"b"}, nil)
	require.NoError(t, c.Put(vv.Reply{}, "x"))
	before, read := c.Store(), c.Read()
	require.NoError(t, c.Put(vv.Reply{}, "y"))
	require.NoError(t, c.Put(read, "z"))
	require.Equal(t, vv.State{"a.1": {N: 1, Values: []string{"x"}}}, before)
	require.Equal(t, vv.Vector{"a.1": 1}, read.Context)
	require.Equal(t, []string{"y", "z"}, c.Store().Values())
}

// TestRefusedStepsChangeNothing.
func TestRefusedStepsChangeNothing(t *testing.T) {
	c := vv.NewCore("a", []string{"b"}, nil)
	_, empty := c.Send("b")
	require.ErrorIs(t, empty, vv.ErrNotAllowed)
	require.NoError(t, c.Put(vv.Reply{}, "x"))
	before := c.Store()
	_, toSelf := c.Send("a")
	_, askSelf := c.Ask("a")
	_, notBehind := c.Answer(&vv.Message{Type: vv.Ask, From: "b", To: "a", Context: vv.Vector{"a.1": 1}})
	_, notForIt := c.Answer(&vv.Message{Type: vv.Ask, From: "b", To: "c"})
	for _, err := range []error{
		toSelf, askSelf, notBehind, notForIt, c.Restart(nil, vv.Vector{"a": 1, "b": 1}),
		c.Ignore(&vv.Message{Type: vv.Ask, From: "b", To: "a"}), c.Ignore(&vv.Message{Type: vv.Whole, From: "b", To: "a"}),
		c.Merge(&vv.Message{Type: vv.Whole, From: "b", To: "c"}), c.Merge(&vv.Message{Type: vv.Ask, From: "b", To: "a"}),
	} {
		require.ErrorIs(t, err, vv.ErrNotAllowed)
	}
	require.Equal(t, before, c.Store())
	require.EqualValues(t, 1, c.Incarnation())
	require.NoError(t, c.Flush())
	require.ErrorIs(t, c.Flush(), vv.ErrNotAllowed)
	require.Equal(t, before, c.Disk())
}

// TestMessagesAreCheckedWhenTheyCome.
func TestMessagesAreCheckedWhenTheyCome(t *testing.T) {
	good := &vv.Message{Type: vv.Whole, Key: "k", From: "a", To: "b", State: vv.State{"a.1": {N: 2, Values: []string{"x"}}}}
	decoded, err := vv.Decode(good.Encode())
	require.NoError(t, err)
	require.Equal(t, good, decoded)
	for _, text := range []string{
		``, `{}`, `{"type":"state","key":"k"} x`, `{"type":"other","key":"k"}`, `{"type":"ask","from":"a"}`, `{"type":"ask","key":"k","more":1}`,
		`{"type":"ask","key":"k","context":{"a":0}}`, `{"type":"ask","key":"k","context":{"":1}}`, `{"type":"ask","key":"k","state":{"a":{"n":1}}}`,
		`{"type":"state","key":"k","context":{"a":1}}`, `{"type":"state","key":"k","state":{"a":{"n":1,"vals":["x","y"]}}}`,
		`{"type":"state","key":"k","state":{"a":{"n":0,"vals":[]}}}`, `{"type":"state","key":"k","state":{"a.*":{"n":1,"vals":["x"]}}}`,
		`{"type":"ask","key":"k","latest":{"a":0}}`,
		fmt.Sprintf(`{"type":"state","key":"k","state":{"a":{"n":1,"vals":["%*d"]}}}`, vv.MaxValue+1, 0),
	} {
		_, err := vv.Decode([]byte(text))
		require.ErrorIs(t, err, vv.ErrMessage, text)
	}
}

// TestLimitsAreMetExactly: the greatest key, value and count are taken, and one more is not.
func TestLimitsAreMetExactly(t *testing.T) {
	for _, over := range []int{0, 1} {
		key, value := strings.Repeat("k", vv.MaxKey+over), strings.Repeat("v", vv.MaxValue+over)
		for what, m := range map[string]*vv.Message{
			"key":     {Type: vv.Ask, Key: key},
			"value":   {Type: vv.Whole, Key: "k", State: vv.State{"a.1": {N: 1, Values: []string{value}}}},
			"context": {Type: vv.Ask, Key: "k", Context: vv.Vector{"a.1": uint64(vv.MaxCount + over)}},
			"count":   {Type: vv.Whole, Key: "k", State: vv.State{"a.1": {N: uint64(vv.MaxCount + over), Values: []string{}}}},
		} {
			back, err := vv.Decode(m.Encode())
			if over == 0 {
				require.NoError(t, err, what)
				require.Equal(t, m, back)
			} else {
				require.ErrorIs(t, err, vv.ErrMessage, what)
			}
		}
	}
}

// TestCountsGoOnBeyondAnyPower of two at which a narrower number would end.
func TestCountsGoOnBeyondAnyPower(t *testing.T) {
	for _, base := range []uint64{1 << 8, 1 << 16, 1 << 31, 1 << 32, 1<<32 + 1, 1 << 53, vv.MaxCount - 1} {
		c := vv.NewCore("a", []string{"b"}, nil)
		before := vv.State{"a.1": {N: base - 1, Values: []string{"x"}}}
		require.NoError(t, c.Merge(&vv.Message{Type: vv.Whole, To: "a", State: before}))
		read := c.Read()
		require.NoError(t, c.Put(vv.Reply{}, "y"))
		require.Equal(t, vv.State{"a.1": {N: base, Values: []string{"x", "y"}}}, c.Store(), "the number of y is %d", base)
		require.NoError(t, c.Put(read, "z"))
		require.Equal(t, vv.State{"a.1": {N: base + 1, Values: []string{"y", "z"}}}, c.Store())
		require.Equal(t, c.Store(), vv.Join(before, c.Store()))
		m, err := c.Send("b")
		require.NoError(t, err)
		m.Key = "k"
		back, err := vv.Decode(m.Encode())
		require.NoError(t, err)
		require.Equal(t, m, back)
	}
}

// TestAWriteAfterNoReadIsRecorded: with several processes each reply bears the stamp of the
// step that sent it. A client that has read nothing has none, and may write.
func TestAWriteAfterNoReadIsRecorded(t *testing.T) {
	h := trace.Header{Spec: "VersionVector", Process: &trace.Process{Name: "a", All: []string{"a", "b"}, Run: "1"}}
	rec := trace.New(io.Discard, h)
	rec.UseClock(new(lamportclock.Clock))
	c := vv.NewCore("a", []string{"b"}, rec)
	require.NoError(t, c.Put(vv.Reply{}, "x"))
	read := c.Read()
	require.NoError(t, c.Put(read, "y"))
	require.NoError(t, rec.Err())
	read.Sent = trace.Stamp{}
	require.NoError(t, c.Put(read, "z"))
	require.Error(t, rec.Err(), "the stamp of a reply got lost")
}
