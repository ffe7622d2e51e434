package notify

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Secret is a text that is never shown: however it is printed, logged or encoded, a placeholder stands for it. ${NAME}
// stands for an environment variable.
type Secret string

const hidden = "(hidden)"

// String hides the text from fmt.
func (s Secret) String() string { return hidden }

// GoString hides the text from %#v.
func (s Secret) GoString() string { return hidden }

// MarshalText hides the text from encoders and slog.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

var variable = regexp.MustCompile(`^\$\{(\w+)\}$`)

func (s Secret) variable() (name string, isVariable bool) {
	if match := variable.FindStringSubmatch(string(s)); match != nil {
		return match[1], true
	}
	return "", false
}

// resolve reads the environment variable that stands for the text, if one does.
func (s Secret) resolve(environment func(string) (string, bool)) (Secret, error) {
	name, isVariable := s.variable()
	if !isVariable {
		return s, nil
	}
	value, found := environment(name)
	if !found || value == "" {
		return "", fmt.Errorf("the environment variable %s is not set", name)
	}
	return Secret(value), nil
}

// parseURL reads a URL; its errors do not show it.
func parseURL(text Secret) (*url.URL, error) {
	parsed, err := url.Parse(string(text))
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return nil, errors.New("not a URL with http or https and a host (it is not shown here, being a secret)")
	}
	return parsed, nil
}

// place is as much of a URL as may be shown.
func place(u *url.URL) string { return u.Scheme + "://" + u.Host }

// secrets are texts that may stand in no error.
type secrets []string

// shortest is a length below which a part of a URL is a word and no secret.
const shortest = 6

func (s *secrets) addURL(u *url.URL) {
	password, _ := u.User.Password()
	parts := append(strings.Split(u.EscapedPath(), "/"), strings.Split(u.Path, "/")...)
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, part := range parts {
		if len(part) >= shortest {
			*s = append(*s, part, url.QueryEscape(part))
		}
	}
	*s = append(*s, u.String(), u.RequestURI(), u.RawQuery, password)
}

func (s *secrets) addPassword(user, password string) {
	encode := base64.StdEncoding.EncodeToString
	*s = append(*s, password, encode([]byte(password)), encode([]byte("\x00"+user+"\x00"+password)))
}

// scrub returns an error whose text holds no secret. It wraps nothing, since what it would wrap could be printed.
func (s secrets) scrub(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	longestFirst := slices.SortedFunc(slices.Values(s), func(a, b string) int { return len(b) - len(a) })
	for _, secret := range longestFirst {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	return errors.New(text)
}
