package inputs

import (
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// Owners lists the packages whose functions stand in the fields of a value, in
// those of its fields, and so on: those of a Pattern are the package that declares
// it, and perhaps one with the tools that it uses.
func Owners(v any) []string {
	found := map[string]bool{}
	collect(reflect.ValueOf(v), found)
	var list []string
	for path := range found {
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}

func collect(v reflect.Value, found map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			collect(v.Elem(), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			collect(v.Index(i), found)
		}
	case reflect.Func:
		if f := runtime.FuncForPC(v.Pointer()); f != nil {
			found[packageOf(f.Name())] = true
		}
	}
}

// packageOf is the import path in the name of a function. What stands in brackets
// are type arguments; a dot in the last part of the path is written as %2e.
func packageOf(function string) string {
	name, _, _ := strings.Cut(function, "[")
	slash := strings.LastIndex(name, "/") + 1
	last, _, _ := strings.Cut(name[slash:], ".")
	if plain, err := url.PathUnescape(last); err == nil {
		last = plain
	}
	return name[:slash] + last
}
