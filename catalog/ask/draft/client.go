package draft

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"
)

// Limits of one draft. A drafted query is a few hundred tokens; what is much longer is none.
const (
	longestReply = 256 << 10 // bytes
	mostTokens   = 4096
	retries      = 2 // after 408, 409, 429, 5xx and lost connections; the client heeds Retry-After
	seed         = 1
)

// Client is one language model behind an endpoint.
type Client struct {
	completions openai.ChatCompletionService
	config      Config
	key         string
	reasons     atomic.Bool // it is one of OpenAI's reasoning models
}

// New makes a client. key may be empty: servers of one's own often want none.
func New(config Config, key string) (*Client, error) {
	if err := errors.Join(config.Validate(), checkKey(key)); err != nil {
		return nil, err
	}
	config.Timeout = cmp.Or(config.Timeout, DefaultTimeout)
	options := []option.RequestOption{
		option.WithBaseURL(strings.TrimSuffix(config.BaseURL, "/") + "/"),
		option.WithMaxRetries(retries),
		option.WithMiddleware(limitReply),
		option.WithHTTPClient(&http.Client{CheckRedirect: stay}),
	}
	if key != "" {
		options = append(options, option.WithAPIKey(key))
	}
	// The service, not openai.NewClient: that one reads other settings from the environment.
	return &Client{completions: openai.NewChatCompletionService(options...), config: config, key: key}, nil
}

// stay follows no redirect: the question is for the endpoint that was configured, and for no other.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func limitReply(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	response, err := next(request)
	if response != nil && response.Body != nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, longestReply), response.Body}
	}
	return response, err
}

// Draft asks for a JSON text of a schema. The reply is whatever the model wrote: the caller must check it, schema included.
// The same request draws the same reply as far as the endpoint heeds temperature 0 and a seed.
func (c *Client) Draft(ctx context.Context, system, user string, schema map[string]any) ([]byte, error) {
	limited, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, fmt.Errorf("no reply within %s", c.config.Timeout))
	defer cancel()
	request := openai.ChatCompletionNewParams{
		Model:    c.config.Model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(system), openai.UserMessage(user)},
		Seed:     openai.Int(seed),
		ResponseFormat: openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "query", Strict: openai.Bool(true), Schema: schema},
		}},
	}
	if !c.reasons.Load() {
		request.Temperature, request.MaxTokens = openai.Float(0), openai.Int(mostTokens)
		text, err := c.ask(limited, request)
		if !errors.Is(err, errBadRequest) {
			return text, err
		}
	}
	// OpenAI's reasoning models take no temperature, and know the limit by its other name alone.
	request.Temperature, request.MaxTokens, request.MaxCompletionTokens = param.Opt[float64]{}, param.Opt[int64]{}, openai.Int(mostTokens)
	text, err := c.ask(limited, request)
	c.reasons.Store(err == nil)
	return text, err
}

// ask sends one request, with its retries.
func (c *Client) ask(ctx context.Context, request openai.ChatCompletionNewParams) ([]byte, error) {
	var response *http.Response
	reply, err := c.completions.New(ctx, request, option.WithResponseInto(&response))
	var status *openai.Error
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, c.explain(context.Cause(ctx))
	case errors.As(err, &status):
		return nil, c.explain(refused(status.StatusCode))
	case response != nil && response.StatusCode >= 300: // a redirect, which is not followed
		return nil, c.explain(refused(response.StatusCode))
	case response != nil:
		return nil, c.explain(errors.New("the reply is no chat completion"))
	default:
		return nil, c.explain(err)
	}
	if len(reply.Choices) == 0 {
		return nil, c.explain(errors.New("the reply holds no choice"))
	}
	choice := reply.Choices[0]
	switch {
	case choice.Message.Refusal != "":
		return nil, c.explain(errors.New("the model declined"))
	case choice.FinishReason == "length":
		return nil, c.explain(fmt.Errorf("the reply was cut off at %d tokens", mostTokens))
	case choice.FinishReason == "content_filter":
		return nil, c.explain(errors.New("the endpoint's filter held the reply back"))
	case strings.TrimSpace(choice.Message.Content) == "":
		return nil, c.explain(errors.New("the reply is empty"))
	}
	return []byte(choice.Message.Content), nil
}

var errBadRequest = errors.New("HTTP 400 Bad Request")

// refused says what an HTTP status means here. The endpoint's own words are left out: they may hold anything, a part of the
// key included.
func refused(status int) error {
	text := fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))
	switch status {
	case http.StatusBadRequest:
		return errBadRequest
	case http.StatusUnauthorized, http.StatusForbidden:
		text += "; the key is read from " + KeyVariable
	case http.StatusNotFound:
		text += "; ask.base_url ends in /v1 for most servers, and ask.model must be a name that it knows"
	}
	return errors.New(text)
}

// explain says where it was that something failed, without the key.
func (c *Client) explain(err error) error {
	where := fmt.Sprintf("draft with %s at %s", c.config.Model, c.config.BaseURL)
	if errors.Is(err, context.Canceled) || errors.Is(err, errBadRequest) {
		return fmt.Errorf("%s: %w", where, err)
	}
	if c.key == "" {
		return fmt.Errorf("%s: %s", where, err)
	}
	return fmt.Errorf("%s: %s", where, strings.ReplaceAll(err.Error(), c.key, "(hidden)"))
}
