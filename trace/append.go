package trace

import (
	"math/bits"
	"slices"
	"unicode/utf8"
)

// appendInt adds an integer within the limits and a comma. It writes the
// digits where they belong, two at a time and the last first, which spares the
// copy that strconv makes.
func appendInt(line []byte, v int64) []byte {
	n := uint32(v)
	if v < 0 {
		n = uint32(-v)
		line = append(line, '-')
	}
	count := bits.Len32(n) * 1233 >> 12 // its logarithm of base 10, or one less
	if n >= powers[count] {
		count++
	}
	start := len(line)
	if cap(line)-start < room {
		line = slices.Grow(line, room)
	}
	line = line[:start+count+1]
	text := line[start:]
	text[count] = ','
	for count > 2 {
		pair := n % 100 * 2
		n /= 100
		count -= 2
		text[count], text[count+1] = pairs[pair], pairs[pair+1]
	}
	if count == 2 {
		text[0], n = byte('0'+n/10), n%10
	}
	text[count-1] = byte('0' + n)
	return line
}

// powers[i] is 10 to the power of i, except powers[0]: it is 0, so that the
// number 0 has one digit.
var powers = [...]uint32{0, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// pairs holds the digits of 00 to 99.
const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

func appendBool(line []byte, v bool) []byte {
	if v {
		return append(line, "true,"...)
	}
	return append(line, "false,"...)
}

// appendQuoted adds s as a JSON string and the character that follows it, and
// reports whether it could. It copies while it looks at each byte: keys and
// values are short, mostly.
func appendQuoted(line []byte, s string, next byte) ([]byte, bool) {
	start := len(line)
	end := start + 1 + len(s)
	if end > MaxLine {
		return nil, false
	}
	if cap(line)-end < room {
		line = slices.Grow(line, len(s)+2*room)
	}
	added := line[start : end+2]
	added[0], added[len(added)-2], added[len(added)-1] = '"', '"', next
	text := added[1:][:len(s)]
	var found byte
	for i := range len(text) {
		c := s[i]
		text[i] = c
		found |= special[c]
	}
	if found != 0 {
		return appendEscaped(line, s, next)
	}
	return line[:end+2], true
}

// room is how much space appendQuoted leaves behind a string, enough for the
// punctuation around it and for a number.
const room = 32

// special is not zero for the bytes that may not stand for themselves in a JSON
// string: those to escape, and all that are not ASCII.
var special = func() (t [256]byte) {
	for c := range t {
		if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			t[c] = 1
		}
	}
	return t
}()

// appendEscaped adds s, some of which is not plain.
func appendEscaped(line []byte, s string, next byte) ([]byte, bool) {
	if !utf8.ValidString(s) {
		return nil, false
	}
	line = append(line, '"')
	for _, c := range []byte(s) {
		switch {
		case special[c] == 0 || c >= utf8.RuneSelf:
			line = append(line, c)
		case c == '"' || c == '\\':
			line = append(line, '\\', c)
		case c == '\n':
			line = append(line, '\\', 'n')
		case c == '\r':
			line = append(line, '\\', 'r')
		case c == '\t':
			line = append(line, '\\', 't')
		default:
			const digits = "0123456789abcdef"
			line = append(line, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(line, '"', next), true
}

// slots is how many keys an Object remembers, a power of two.
const slots = 64

// quotedKey is a key as it stands in a line, quotes and colon included. A
// program has few keys and writes them again and again; moving 24 bytes is
// faster than to look at six.
type quotedKey struct {
	key  string
	text [24]byte
}

// append adds the key to the line if it is k.
func (q *quotedKey) append(line []byte, k string) ([]byte, bool) {
	n := len(line)
	if q.key != k || cap(line)-n < len(q.text)+room || n > MaxLine {
		return nil, false
	}
	*(*[len(q.text)]byte)(line[n : n+len(q.text)]) = q.text
	return line[:n+len(k)+3], true
}

// set remembers k, unless it is too long or does not stand for itself.
func (q *quotedKey) set(k string, text []byte) {
	if len(text) == len(k)+3 && len(text) <= len(q.text) {
		q.key = k
		copy(q.text[:], text)
	}
}
