package sany

import (
	"regexp"
	"slices"
	"strings"
)

var extended = regexp.MustCompile(`\bEXTENDS\s+(\w+(?:\s*,\s*\w+)*)`)

// ExtendedBy lists a module and all modules that it extends, except the
// checker's own.
func ExtendedBy(module string, code map[string]string) []string {
	list := []string{module}
	for i := 0; i < len(list); i++ {
		found := extended.FindStringSubmatch(code[list[i]])
		if found == nil {
			continue
		}
		for name := range strings.SplitSeq(found[1], ",") {
			name = strings.TrimSpace(name)
			if _, ok := code[name]; ok && name != "Steps" && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// StringEnd returns the index behind the string literal that begins at i.
func StringEnd(code string, i int) int {
	for i++; i < len(code); i++ {
		switch code[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(code)
}

// WithoutComments returns the source of a module without its comments. Comments
// may be nested, and do not begin within a string.
func WithoutComments(source string) string {
	var b strings.Builder
	for i := 0; i < len(source); {
		end := i + 1
		switch {
		case source[i] == '"':
			end = StringEnd(source, i)
			b.WriteString(source[i:end])
		case strings.HasPrefix(source[i:], `\*`):
			if end = strings.IndexByte(source[i:], '\n'); end < 0 {
				return b.String()
			}
			end += i
		case strings.HasPrefix(source[i:], "(*"):
			end = CommentEnd(source, i)
			b.WriteByte(' ')
		default:
			b.WriteByte(source[i])
		}
		i = end
	}
	return b.String()
}

func CommentEnd(source string, i int) int {
	for depth := 0; i < len(source); i++ {
		switch {
		case strings.HasPrefix(source[i:], "(*"):
			depth++
			i++
		case strings.HasPrefix(source[i:], "*)"):
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(source)
}
