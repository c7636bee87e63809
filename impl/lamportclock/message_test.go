package lamportclock_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

func aRequest() lc.Request {
	return lc.Request{Kind: lc.Write, From: "c", Number: 1, To: "s", Key: "k", Value: "v", Stamp: 7, Sent: trace.Stamp{Process: "p", Time: 3}}
}

func aReply() lc.Reply {
	return lc.Reply{Kind: lc.Read, From: "s", To: "c", Number: 1, Key: "k", Stamp: 9, At: 8, Version: lc.Version{Stamp: 8, Node: "s", Value: "v"}}
}

// TestMessagesThatNobodySends are refused, each for what is wrong with it.
func TestMessagesThatNobodySends(t *testing.T) {
	request := func(change func(*lc.Request)) []byte {
		m := aRequest()
		change(&m)
		return m.Encode()
	}
	whole := request(func(*lc.Request) {})
	_, err := lc.DecodeRequest(whole)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		datagram []byte
		want     error
		says     string
	}{
		"nothing":           {nil, lc.ErrMessage, "EOF"},
		"cut off":           {whole[:len(whole)-1], lc.ErrMessage, "unexpected EOF"},
		"something behind":  {append(whole[:len(whole):len(whole)], "{}"...), lc.ErrMessage, "something follows it"},
		"not JSON":          {[]byte("\x00\x01"), lc.ErrMessage, "invalid character"},
		"another type":      {[]byte(`{"stamp":"7"}`), lc.ErrMessage, "cannot unmarshal string"},
		"a negative stamp":  {[]byte(`{"stamp":-1}`), lc.ErrMessage, "cannot unmarshal number -1"},
		"an unknown field":  {[]byte(`{"stump":1}`), lc.ErrMessage, `unknown field "stump"`},
		"a reply":           {(&lc.Reply{}).Encode(), lc.ErrMessage, "unknown field"},
		"unknown kind":      {request(func(m *lc.Request) { m.Kind = "delete" }), lc.ErrMessage, `unknown kind "delete"`},
		"no number":         {request(func(m *lc.Request) { m.Number = 0 }), lc.ErrMessage, "it has no number"},
		"nobody":            {request(func(m *lc.Request) { m.From = "" }), lc.ErrName, `""`},
		"to nobody":         {request(func(m *lc.Request) { m.To = "" }), lc.ErrName, `""`},
		"a long name":       {request(func(m *lc.Request) { m.To = strings.Repeat("s", lc.MaxName+1) }), lc.ErrName, "sss"},
		"a long cluster":    {request(func(m *lc.Request) { m.Cluster = strings.Repeat("s", lc.MaxName+1) }), lc.ErrName, "sss"},
		"a long key":        {request(func(m *lc.Request) { m.Key = strings.Repeat("k", lc.MaxKey+1) }), lc.ErrTooLarge, "1001 and 1 bytes"},
		"a long value":      {request(func(m *lc.Request) { m.Value = strings.Repeat("v", lc.MaxValue+1) }), lc.ErrTooLarge, "1 and 8001 bytes"},
		"a stamp too large": {request(func(m *lc.Request) { m.Stamp = lc.MaxStamp + 1 }), lc.ErrMessage, "stamp 4611686018427387904"},
		"a read that sets":  {request(func(m *lc.Request) { m.Kind = lc.Read }), lc.ErrMessage, "a read with a value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lc.DecodeRequest(c.datagram)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestRepliesThatNobodySends: a reply must not say what no server says.
func TestRepliesThatNobodySends(t *testing.T) {
	good := aReply()
	_, err := lc.DecodeReply(good.Encode())
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*lc.Reply)
		want   error
		says   string
	}{
		"a version from the future": {func(m *lc.Reply) { m.At = 7 }, lc.ErrMessage, "version 8, as of 7, on a clock at 9"},
		"an answer from the future": {func(m *lc.Reply) { m.At = 10 }, lc.ErrMessage, "version 8, as of 10, on a clock at 9"},
		"another server's version":  {func(m *lc.Reply) { m.Version.Node = "t" }, lc.ErrMessage, `a version of "t" from "s"`},
		"a value without a stamp":   {func(m *lc.Reply) { m.Version.Stamp = 0 }, lc.ErrMessage, `a version of "s" from "s"`},
		"a write without a version": {func(m *lc.Reply) { m.Kind, m.Version = lc.Write, lc.Version{} }, lc.ErrMessage, "a write without its version"},
		"a write as of later":       {func(m *lc.Reply) { m.Kind, m.At = lc.Write, 9 }, lc.ErrMessage, "a write without its version"},
		"a stamp too large":         {func(m *lc.Reply) { m.Stamp = math.MaxUint64 }, lc.ErrMessage, "stamp 18446744073709551615"},
		"a long value":              {func(m *lc.Reply) { m.Version.Value = strings.Repeat("v", lc.MaxValue+1) }, lc.ErrTooLarge, "8001 bytes"},
		"nobody":                    {func(m *lc.Reply) { m.To = "" }, lc.ErrName, `""`},
		"no number":                 {func(m *lc.Reply) { m.Number = 0 }, lc.ErrMessage, "it has no number"},
	} {
		t.Run(name, func(t *testing.T) {
			m := aReply()
			c.change(&m)
			_, err := lc.DecodeReply(m.Encode())
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err = lc.DecodeReply([]byte(`[`))
	require.ErrorIs(t, err, lc.ErrMessage)
}

// TestLargestMessageIsADatagram, even of characters that JSON writes with six.
func TestLargestMessageIsADatagram(t *testing.T) {
	name, key, value := strings.Repeat("\x01", lc.MaxName), strings.Repeat("\x01", lc.MaxKey), strings.Repeat("\x01", lc.MaxValue)
	sent := trace.Stamp{Process: name, Time: math.MaxInt64}
	request := lc.Request{Kind: lc.Write, From: name, Number: math.MaxUint64, To: name, Key: key, Value: value, Stamp: lc.MaxStamp, Cluster: name, Sent: sent}
	reply := lc.Reply{
		Kind: lc.Write, From: name, To: name, Number: math.MaxUint64, Key: key, Stamp: lc.MaxStamp, At: lc.MaxStamp,
		Version: lc.Version{Stamp: lc.MaxStamp, Node: name, Value: value}, Cluster: name, Sent: sent,
	}
	require.LessOrEqual(t, len(request.Encode()), network.MaxDatagram)
	require.LessOrEqual(t, len(reply.Encode()), network.MaxDatagram)
	back, err := lc.DecodeRequest(request.Encode())
	require.NoError(t, err)
	require.Equal(t, request, *back)
	again, err := lc.DecodeReply(reply.Encode())
	require.NoError(t, err)
	require.Equal(t, reply, *again)
}

// TestOneMoreThanALimitIsRefused: the message above meets each limit exactly.
func TestOneMoreThanALimitIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*lc.Reply)
		want   error
	}{
		"name":    {func(m *lc.Reply) { m.To = strings.Repeat("c", lc.MaxName+1) }, lc.ErrName},
		"cluster": {func(m *lc.Reply) { m.Cluster = strings.Repeat("c", lc.MaxName+1) }, lc.ErrName},
		"key":     {func(m *lc.Reply) { m.Key = strings.Repeat("k", lc.MaxKey+1) }, lc.ErrTooLarge},
		"value":   {func(m *lc.Reply) { m.Version.Value = strings.Repeat("v", lc.MaxValue+1) }, lc.ErrTooLarge},
		"stamp":   {func(m *lc.Reply) { m.Stamp = lc.MaxStamp + 1 }, lc.ErrMessage},
	} {
		m := aReply()
		c.change(&m)
		_, err := lc.DecodeReply(m.Encode())
		require.ErrorIs(t, err, c.want, name)
	}
}

// FuzzDecode: whatever arrives, it is refused, or it is a message that is read
// back as it was.
func FuzzDecode(f *testing.F) {
	request, reply := aRequest(), aReply()
	f.Add(request.Encode())
	f.Add(reply.Encode())
	f.Add([]byte(`{"kind":"write","from":"c","number":1,"to":"s","key":"\ud800"}`))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		if m, err := lc.DecodeRequest(datagram); err == nil {
			back, err := lc.DecodeRequest(m.Encode())
			require.NoError(t, err)
			require.Equal(t, m, back)
		}
		if m, err := lc.DecodeReply(datagram); err == nil {
			back, err := lc.DecodeReply(m.Encode())
			require.NoError(t, err)
			require.Equal(t, m, back)
		}
	})
}
