// Package strictjson reads the messages and log records of the patterns.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

var errMore = errors.New("something follows it")

// Unmarshal reads one JSON value as json.Unmarshal does, and refuses fields that the
// destination does not have: they would be lost without a word.
func Unmarshal(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errMore
	}
	return nil
}
