package gossipdissemination

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
)

func sealed(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
}

func delta1() *Message {
	mark := Mark{Gen: 2, Ver: 3, Inc: 1, Status: Suspect}
	return &Message{
		Kind: Deltas, From: "a", To: "b", Marks: map[string]Mark{"c": mark},
		Entries: map[string]Delta{"a": {Mark: mark, Since: 1, Vals: map[string]Value{"x": {"1", 2}, "y": {"", 3}}}},
	}
}

func TestRoundTrip(t *testing.T) {
	digest := &Message{Kind: Digests, From: "a", To: "b", Whole: true, Marks: map[string]Mark{"a": {Gen: 1, Status: Left}}}
	for _, m := range []*Message{delta1(), digest} {
		got, err := Decode(m.Encode(nil))
		require.NoError(t, err)
		require.Equal(t, m, got)
	}
}

// TestDamage cuts a message short at each byte, flips each of its bits, and
// adds to it; then it is wrong with a checksum that is right.
func TestDamage(t *testing.T) {
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
			b := append([]byte{}, whole...)
			b[i] ^= 1 << bit
			refused(b)
		}
	}
	for i := range body {
		refused(sealed(append([]byte{}, body[:i]...)))
	}
	refused(sealed(append(append([]byte{}, body...), 0)))
	for _, kind := range []byte{0, 3, byte(ping), 255} {
		b := append([]byte{}, body...)
		b[1] = kind
		refused(sealed(b))
	}
	for _, change := range []func(m *Message){
		func(m *Message) { m.From = "" },
		func(m *Message) { m.From = strings.Repeat("a", maxText+1) },
		func(m *Message) { m.Marks["c"] = Mark{Gen: 1, Status: Left + 1} },
		func(m *Message) { m.Entries["a"] = Delta{} },
		func(m *Message) { m.Entries["a"].Vals["x"] = Value{"1", 4} },
		func(m *Message) { m.Entries["a"].Vals["x"] = Value{"1", 1} },
	} {
		m := delta1()
		change(m)
		refused(m.Encode(nil))
	}
}

func TestBadOptions(t *testing.T) {
	e, err := network.NewMemory().Listen("a")
	require.NoError(t, err)
	for _, change := range []func(o *Options){
		func(o *Options) { o.Name = "" },
		func(o *Options) { o.Name = strings.Repeat("a", maxName+1) },
		func(o *Options) { o.Endpoint = nil },
		func(o *Options) { o.Interval = -1 },
		func(o *Options) { o.Fanout = -1 },
		func(o *Options) { o.MaxMessage = minMessage - 1 },
		func(o *Options) { o.MaxMessage = network.MaxDatagram + 1 },
		func(o *Options) { o.LastGeneration = 1<<31 - 2 },
		func(o *Options) { o.Seeds = map[string]string{"b": ""} },
	} {
		o := Options{Name: "a", Endpoint: e}
		change(&o)
		_, err := Join(o)
		require.ErrorIs(t, err, ErrOptions)
	}
}
