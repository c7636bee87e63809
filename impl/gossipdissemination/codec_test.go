package gossipdissemination

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

func sealed(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
}

func delta1() *Message {
	mark := Digest{Gen: 2, Ver: 3, Inc: 1, Status: Suspect}
	return &Message{
		Kind: KindDelta, From: "a", To: "b", Digests: map[string]Digest{"c": mark},
		Entries: map[string]Delta{"a": {Digest: mark, Since: 1, Vals: map[string]Value{"x": {"1", 2}, "y": {"", 3}}}},
	}
}

// text is any bytes, mostly few.
func text(c fuzz.Continue, least, most int) string {
	b := make([]byte, least+c.Intn(1+(most-least)>>c.Intn(12)))
	c.Read(b)
	return string(b)
}

// number is any that can be sent, mostly small.
func number(c fuzz.Continue) uint32 { return c.Uint32() & maxNumber >> c.Intn(31) }

// messages makes any messages that nodes may send.
func messages(seed int64) *fuzz.Fuzzer {
	return fuzz.NewWithSeed(seed).NilChance(0).NumElements(0, 8).Funcs(
		func(m *Message, c fuzz.Continue) {
			*m = Message{Kind: KindDigest, From: text(c, 1, maxName), To: text(c, 1, maxName), Digests: map[string]Digest{}}
			for range c.Intn(10) {
				var mark Digest
				c.Fuzz(&mark)
				m.Digests[text(c, 1, maxName)] = mark
			}
			if m.Whole = c.RandBool(); c.RandBool() {
				m.Kind, m.Whole, m.Entries = KindDelta, false, map[string]Delta{}
				for range c.Intn(10) {
					var d Delta
					c.Fuzz(&d)
					m.Entries[text(c, 1, maxName)] = d
				}
			}
		},
		func(m *Digest, c fuzz.Continue) { *m = owned(number(c), number(c), number(c), Status(c.Intn(4))) },
		func(d *Delta, c fuzz.Continue) {
			c.Fuzz(&d.Digest)
			d.Gen = max(d.Gen, 1)
			d.Since = uint32(c.Int63n(int64(d.Ver) + 1))
			d.Vals = map[string]Value{}
			if d.Ver == d.Since {
				return
			}
			for range c.Intn(10) {
				d.Vals[text(c, 0, maxText)] = Value{text(c, 0, maxText), d.Since + 1 + uint32(c.Int63n(int64(d.Ver-d.Since)))}
			}
		},
	)
}

// TestDecodeInvertsEncode: random messages are encoded behind other bytes, and decoded.
func TestDecodeInvertsEncode(t *testing.T) {
	for seed := range int64(500) {
		var m Message
		messages(seed).Fuzz(&m)
		b := m.Encode([]byte("before"))
		require.Equal(t, "before", string(b[:6]))
		got, err := Decode(b[6:])
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, &m, got, "seed %d", seed)
		require.Equal(t, b[6:], got.Encode(nil), "seed %d: the same each time", seed)

		p := &probe{kind: ping + Kind(seed%3), from: m.From, about: m.To, number: m.Digests[m.From].Ver}
		require.True(t, isProbe(p.encode()))
		require.False(t, isProbe(b[6:]))
		back, err := decodeProbe(p.encode())
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, p, back, "seed %d", seed)
	}
}

// TestDamagedMessagesAreRejected: truncated at each byte, with each bit flipped, and
// with bytes added; also with a right checksum.
func TestDamagedMessagesAreRejected(t *testing.T) {
	whole := delta1().Encode(nil)
	refused := func(b []byte) {
		t.Helper()
		_, err := Decode(b)
		require.ErrorIs(t, err, ErrMalformed)
	}
	body := whole[:len(whole)-checksumSize]
	for i := range whole {
		refused(whole[:i])
		for bit := range 8 {
			b := slices.Clone(whole)
			b[i] ^= 1 << bit
			refused(b)
		}
	}
	for i := range body {
		refused(sealed(slices.Clone(body[:i])))
	}
	p := (&probe{ping, "a", "b", 300}).encode()
	for i := range p {
		for bit := range 8 {
			b := slices.Clone(p)
			if b[i] ^= 1 << bit; isProbe(b) {
				_, err := decodeProbe(b)
				require.ErrorIs(t, err, ErrMalformed)
			} else {
				refused(b)
			}
		}
		if isProbe(p[:i]) {
			_, err := decodeProbe(p[:i])
			require.ErrorIs(t, err, ErrMalformed)
		}
		if b := sealed(slices.Clone(p[:i])); isProbe(b) && i < len(p)-checksumSize {
			_, err := decodeProbe(b)
			require.ErrorIs(t, err, ErrMalformed, "cut at %d", i)
		}
	}
}

// TestDecodeErrorsSayWhatAndWhere: the checksum is right.
func TestDecodeErrorsSayWhatAndWhere(t *testing.T) {
	body := func(change func(m *Message)) []byte {
		m := delta1()
		change(m)
		b := m.Encode(nil)
		return b[:len(b)-checksumSize]
	}
	byteAt := func(i int, value byte) []byte {
		b := body(func(*Message) {})
		b[i] = value
		return b
	}
	text := func(n int) string { return strings.Repeat("a", n) }
	for want, b := range map[string][]byte{
		"2 bytes":                    body(func(*Message) {})[:2],
		"version 2":                  byteAt(0, 2),
		"kind 0":                     byteAt(1, 0),
		"kind 3":                     byteAt(1, 3),
		"kind 255":                   byteAt(1, 255),
		"an empty name, by byte 3 ":  body(func(m *Message) { m.From = "" }),
		"name that is too long":      body(func(m *Message) { m.To = text(maxName + 1) }),
		"longer than the message":    byteAt(2, 120),
		"text that is too long":      body(func(m *Message) { m.Entries["a"].Vals[text(maxText+1)] = Value{"", 2} }),
		"a text that is too long":    body(func(m *Message) { m.Entries["a"].Vals["x"] = Value{text(maxText + 1), 2} }),
		"a status, by byte 13 of 31": body(func(m *Message) { m.Digests["c"] = owned(1, 0, 0, Left+1) }),
		"a status":                   body(func(m *Message) { m.Entries["a"] = Delta{Digest: owned(1, 0, 0, Left+1)} }),
		"a number, by byte 9":        body(func(m *Message) { m.Digests["c"] = owned(maxNumber+1, 0, 0, Alive) }),
		"a delta of nothing":         body(func(m *Message) { m.Entries["a"] = Delta{} }),
		"a delta of nothing, ":       body(func(m *Message) { m.Entries["a"] = Delta{Digest: owned(1, 1, 0, Alive), Since: 2} }),
		"outside its delta":          body(func(m *Message) { m.Entries["a"].Vals["x"] = Value{"1", 4} }),
		"value outside its delta":    body(func(m *Message) { m.Entries["a"].Vals["x"] = Value{"1", 1} }),
		"behind the end":             append(body(func(*Message) {}), 0),
		"too early":                  {wireVersion, byte(KindDigest), 1, 'a', 1, 'b'},
		"flag":                       {wireVersion, byte(KindDigest), 1, 'a', 1, 'b', 2, 0},
		"an owner twice, by byte 16": {wireVersion, byte(KindDigest), 1, 'a', 1, 'b', 1, 2, 1, 'c', 1, 0, 0, 0, 1, 'c', 1, 0, 0, 0},
		"an owner twice":             {wireVersion, byte(KindDelta), 1, 'a', 1, 'b', 0, 2, 1, 'c', 1, 0, 0, 0, 0, 0, 1, 'c', 1, 0, 0, 0, 0, 0},
		"a value outside its delta":  {wireVersion, byte(KindDelta), 1, 'a', 1, 'b', 0, 1, 1, 'c', 1, 3, 0, 0, 0, 2, 1, 'k', 0, 1, 1, 'k', 0, 2},
	} {
		t.Run(want, func(t *testing.T) {
			if want == "2 bytes" {
				_, err := Decode(b)
				require.ErrorContains(t, err, want)
				return
			}
			_, err := Decode(sealed(b))
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorContains(t, err, want)
		})
	}
	_, err := Decode(append(body(func(*Message) {}), 0, 0, 0, 0))
	require.ErrorContains(t, err, "checksum")
}

// knowing returns a core that knows many owners, with names, keys, values and numbers of
// all allowed sizes, and another one that knows a part of that.
func knowing(t *testing.T, seed int64, o *Options) (all, part *Core) {
	all, part = started(t, "a"), started(t, "b")
	exchange(t, part, all)
	var entries []Entry
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(40, 60).Funcs(func(e *Entry, c fuzz.Continue) {
		*e = Entry{Digest: owned(maxNumber-1-number(c), 0, number(c), Status(c.Intn(3))), Vals: map[string]Value{}}
		for range c.Intn(6) {
			e.Ver += 1 + number(c)/8
			key := text(c, 0, min(20, o.item()))
			e.Vals[key] = Value{text(c, 0, o.item()-len(key)), e.Ver}
		}
		name := text(c, 2, maxName)
		if c.RandBool() {
			name = strings.Repeat(name, maxName)[:maxName]
		}
		known := *e
		all.known[name] = &known
		switch c.Intn(3) {
		case 0:
			upTo := e.Ver / 2
			part.known[name] = &Entry{Digest: owned(e.Gen, upTo, e.Inc, Alive), Vals: InVersionOrder(e.Vals, 0, upTo)}
		case 1:
			part.known[name] = &Entry{Digest: owned(e.Gen-1, 7, 7, Dead), Vals: map[string]Value{"old": {"", 7}}}
		}
	}).Fuzz(&entries)
	return all, part
}

// TestMessagesStayWithinTheBudget: two nodes gossip in messages of many sizes until both
// know everything.
func TestMessagesStayWithinTheBudget(t *testing.T) {
	most := map[int]int{}
	for seed := range int64(40) {
		o := Options{MaxMessage: []int{minMessage, minMessage + 44, 1400, 9000}[seed%4]}
		a, b := knowing(t, seed, &o)
		sides := [2]*Node{{core: a, options: o}, {core: b, options: o}}
		for rounds := 0; !maps.EqualFunc(state(a), state(b), same); rounds++ {
			require.Less(t, rounds, 5000, "seed %d", seed)
			n, other := sides[rounds%2], sides[1-rounds%2]
			m, err := n.core.Digest(other.core.Name(), n.window())
			for require.NoError(t, err); m != nil; n, other = other, n {
				size := len(m.Encode(nil))
				most[o.MaxMessage] = max(most[o.MaxMessage], size)
				require.LessOrEqual(t, size, o.MaxMessage, "seed %d, from %q", seed, m.From)
				m = take(t, other.core, wired(t, m), Within(o.MaxMessage))
			}
		}
	}
	require.Greater(t, most[9000], 8900, "messages are filled")
	require.Greater(t, most[1400], 1300)
}

// TestTheLargestMessageStaysWithinTheBudget: an answer that requests as many owners as a
// digest may be about, and brings the largest value of an owner with the largest
// numbers.
func TestTheLargestMessageStaysWithinTheBudget(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("%0*d", maxName, i) }
	for _, limit := range []int{minMessage, minMessage + 1, 777, 1400, 9000, network.MaxDatagram} {
		o := Options{MaxMessage: limit}
		a, b := started(t, name(1)), started(t, name(2))
		b.config.Seeds = []string{name(1)}
		vals := map[string]Value{"k": {strings.Repeat("v", o.item()-1), maxNumber}}
		a.known[name(1)] = &Entry{Digest: owned(maxNumber, maxNumber, maxNumber, Dead), Vals: vals}
		for i := range o.window(maxName) {
			b.known[name(2+i)] = &Entry{Digest: owned(maxNumber, maxNumber, maxNumber, Dead)}
			a.known[name(2+i)] = &Entry{Digest: owned(maxNumber, maxNumber-1, maxNumber, Dead)}
		}
		digest := digest(t, b, a)
		require.True(t, digest.Whole)
		require.LessOrEqual(t, len(digest.Encode(nil)), limit)
		delta := take(t, a, digest, Within(limit))
		require.Len(t, delta.Digests, o.window(maxName))
		require.Equal(t, vals, delta.Entries[name(1)].Vals)
		require.LessOrEqual(t, len(delta.Encode(nil)), limit)
	}
}

func same(a, b Entry) bool { return a.Digest == b.Digest && maps.Equal(a.Vals, b.Vals) }

// FuzzReceive: a node drops a datagram as malformed, or takes it for what it says of
// others; of itself it learns only a suspicion.
func FuzzReceive(f *testing.F) {
	digest := &Message{Kind: KindDigest, From: "a", To: "b", Whole: true, Digests: map[string]Digest{"b": owned(1, 1, 0, Suspect), "c": owned(1, 1, 0, Left)}}
	suspected := delta1()
	suspected.Entries["b"] = Delta{Digest: owned(1, 2, 0, Suspect), Vals: map[string]Value{"address": {"x", 1}}}
	suspected.Digests["b"] = Digest{}
	for _, b := range [][]byte{
		delta1().Encode(nil), digest.Encode(nil), suspected.Encode(nil),
		(&probe{ping, "a", "b", 7}).encode(), (&probe{ack, "a", "b", 7}).encode(), (&probe{pingFor, "a", "b", maxNumber}).encode(),
		make([]byte, 20), []byte("GET / HTTP/1.1\r\n\r\n"), {},
	} {
		f.Add(b[:max(0, len(b)-checksumSize)])
	}
	e, err := networktest.NewMemory().Listen("b")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, b := range [][]byte{body, sealed(slices.Clone(body))} {
			n, err := newNode(Options{Name: "b", Endpoint: e, Zone: "z"})
			require.NoError(t, err)
			before := n.core.own()
			out := n.receive("somewhere", b)
			readable(t, b)
			require.Equal(t, before.Vals, n.core.own().Vals)
			require.Equal(t, owned(1, 2, n.core.own().Inc, Alive), n.core.own().Digest)
			for owner, e := range n.core.known {
				require.NotEmpty(t, owner)
				require.LessOrEqual(t, len(owner), maxName)
				require.Positive(t, e.Gen)
				require.LessOrEqual(t, e.Status, Left)
				for _, v := range e.Vals {
					require.True(t, v.Ver > 0 && v.Ver <= e.Ver, "%v of %d", v, e.Ver)
				}
			}
			for _, o := range out {
				if o.message != nil {
					wired(t, o.message)
				}
			}
		}
	})
}

// readable checks that a datagram is rejected as malformed, or decoded to what encodes
// to the same.
func readable(t *testing.T, b []byte) {
	if isProbe(b) {
		if p, err := decodeProbe(b); err == nil {
			back, err := decodeProbe(p.encode())
			require.NoError(t, err)
			require.Equal(t, p, back)
		} else {
			require.ErrorIs(t, err, ErrMalformed)
		}
		return
	}
	m, err := Decode(b)
	if err != nil {
		require.ErrorIs(t, err, ErrMalformed)
		return
	}
	require.Equal(t, m, wired(t, m), fmt.Sprintf("%q", b))
}
