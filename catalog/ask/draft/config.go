package draft

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// KeyVariable is the environment variable with the endpoint's key, the only place that it is read from.
const KeyVariable = "FMCG_ASK_API_KEY"

// DefaultTimeout limits one draft, retries included.
const DefaultTimeout = 30 * time.Second

// Config says which language model drafts. Its zero value is none.
type Config struct {
	BaseURL string        `koanf:"base_url"` // up to /v1: what /chat/completions is put behind
	Model   string        `koanf:"model"`
	Timeout time.Duration `koanf:"timeout"` // 0 is DefaultTimeout
}

// On says that there is a language model to ask.
func (c Config) On() bool { return c.BaseURL != "" }

// Validate says everything that is wrong.
func (c Config) Validate() error {
	var mistakes []error
	if (c.BaseURL == "") != (c.Model == "") {
		mistakes = append(mistakes, errors.New("ask: base_url and model belong together, such as http://localhost:11434/v1 and qwen3"))
	}
	if c.BaseURL != "" {
		at, err := url.Parse(c.BaseURL)
		switch {
		case err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https":
			mistakes = append(mistakes, errors.New("ask.base_url is no URL with http or https and a host"))
		case at.User != nil || at.RawQuery != "":
			mistakes = append(mistakes, fmt.Errorf("ask.base_url holds a user or a query; a key belongs in the environment variable %s", KeyVariable))
		}
	}
	if c.Timeout < 0 {
		mistakes = append(mistakes, errors.New("ask.timeout is a duration from 0 on, such as 30s"))
	}
	return errors.Join(mistakes...)
}

// checkKey refuses what can stand in no header, without showing it.
func checkKey(key string) error {
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%s holds spaces or letters that no key has", KeyVariable)
	}
	return nil
}
