package lake

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Kind says how a caller has to take an error.
type Kind int

// The kinds of Error.
const (
	Other       Kind = iota // none of the following
	Unreachable             // the endpoint is down or silent, its name unknown, the disk fails: trying later may help
	Refused                 // credentials, rights, no such bucket or folder, wrong region: trying later does not help
	Vanished                // the file is gone since it was listed
	Changed                 // the file is another one than was listed
	Invalid                 // the configuration or the call makes no sense
)

// Error is what an operator reads: what failed, on what, why, and what to do, in one line and without any secret.
type Error struct {
	Op   string // "list"
	URI  string
	Hint string // what to do
	Kind Kind
	Err  error // why
}

func (e *Error) Error() string {
	text := e.Op + " " + e.URI
	if e.Err != nil {
		text += ": " + strings.TrimRight(cause(e.Err), ". ")
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return strings.Join(strings.Fields(text), " ")
}

// Unwrap returns the cause. Its text can be longer than what Error says of it.
func (e *Error) Unwrap() error { return e.Err }

var (
	errNoAnswer = errors.New("no answer in time")
	errGone     = errors.New("it is gone since it was listed")
	errOther    = errors.New("it is another file than was listed")
	errNewer    = errors.New("processed/ holds a newer file of that name with another content")
)

// credentialsError marks that credentials could not be had; the request itself was never made.
type credentialsError struct {
	role string // that was to be assumed; "" for the credentials of the SDK's chain
	err  error
}

func (e *credentialsError) Error() string {
	if e.role != "" {
		return "cannot assume " + e.role + ": " + cause(e.err)
	}
	return "no credentials: " + cause(e.err)
}

func (e *credentialsError) Unwrap() error { return e.err }

// RetryableError tells the SDK's retryer no: the providers have attempts of their own.
func (e *credentialsError) RetryableError() bool { return false }

// Hints, where several errors call for the same.
const (
	hintCredentials = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role; fmcg check shows which is used"
	hintExpired     = "log in again (aws sso login), or renew the session's keys"
	hintRole        = "check role_arn, external_id and the role's trust policy (fmcg init --print cloudformation)"
	hintRights      = "give the role the rights of fmcg init --print policy; a bucket encrypted with a key of yours also needs kms:Decrypt on it"
	hintBucket      = "check the bucket's name, and AWS_ENDPOINT_URL_S3 where the store is not Amazon's"
	hintCheck       = "run fmcg check, which tries it step by step"
	hintRegion      = "set AWS_REGION to the bucket's region"
	hintClock       = "set this machine's clock, which is too far from the server's"
	hintEndpoint    = "check the network and its proxy, and AWS_ENDPOINT_URL_S3 or AWS_REGION, which make the server's name"
	hintCertificate = "set AWS_CA_BUNDLE to the certificates that this network trusts"
	hintLater       = "the store is overloaded or down; try again later"
	hintSilent      = "the server takes connections and stays silent; try again later, or raise s3_timeout for a slow store"
	hintListAgain   = "refresh again, which reads it as it is then"
	hintFolder      = "check the path, and that this user may read and write there"
	hintDisk        = "check the disk or share that the folder is on"
)

// verdict is how an error code is to be taken.
type verdict struct {
	kind Kind
	hint string
}

// verdicts is the decision table of error codes of S3 and STS. A code that is not in it is judged by its HTTP status.
func verdicts() map[string]verdict {
	return map[string]verdict{
		"NoSuchKey":                          {Vanished, hintListAgain},
		"NotFound":                           {Vanished, hintListAgain},
		"PreconditionFailed":                 {Changed, hintListAgain},
		"ConditionalRequestConflict":         {Changed, hintListAgain},
		"NoSuchBucket":                       {Refused, hintBucket},
		"InvalidBucketName":                  {Refused, hintBucket},
		"InvalidAccessKeyId":                 {Refused, hintCredentials},
		"XAdminUserNotFound":                 {Refused, hintCredentials}, // the same, of versitygw
		"InvalidClientTokenId":               {Refused, hintCredentials}, // the same, of STS
		"SignatureDoesNotMatch":              {Refused, "check AWS_SECRET_ACCESS_KEY, which does not fit the access key"},
		"ExpiredToken":                       {Refused, hintExpired},
		"ExpiredTokenException":              {Refused, hintExpired},
		"TokenRefreshRequired":               {Refused, hintExpired},
		"InvalidToken":                       {Refused, hintExpired},
		"UnauthorizedException":              {Refused, hintExpired}, // of SSO
		"RequestTimeTooSkewed":               {Refused, hintClock},
		"RequestExpired":                     {Refused, hintClock},
		"InvalidObjectState":                 {Refused, "restore the object from its archive (Glacier)"},
		"AuthorizationHeaderMalformed":       {Refused, hintRegion},
		"PermanentRedirect":                  {Refused, hintRegion},
		"IllegalLocationConstraintException": {Refused, hintRegion},
	}
}

// judge decides what an answer means, by its code or else its status; missing is set where it was not given to a request
// for the lake but to one for credentials.
func judge(code string, status int, missing *credentialsError) verdict {
	if known, found := verdicts()[code]; found {
		return known
	}
	switch {
	case status >= 500 || status == http.StatusTooManyRequests:
		return verdict{Unreachable, hintLater}
	case missing != nil && missing.role != "":
		return verdict{Refused, hintRole}
	case missing != nil:
		return verdict{Refused, hintCredentials}
	case status == http.StatusMovedPermanently || status == http.StatusTemporaryRedirect:
		return verdict{Refused, hintRegion}
	case status == http.StatusProxyAuthRequired:
		return verdict{Refused, hintEndpoint}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return verdict{Refused, hintRights}
	}
	return verdict{Refused, hintCheck}
}

// failure makes the Error of a failed request; ctx is the caller's. Nothing is decided by a text.
func failure(ctx context.Context, op, uri string, err error) error {
	var ready *Error
	if errors.As(err, &ready) {
		return err
	}
	e := &Error{Op: op, URI: uri, Err: err}
	var answer smithy.APIError
	var profile config.SharedConfigProfileNotExistError
	var certificate *tls.CertificateVerificationError
	var silence *silenceError
	missing := innermostCredentials(err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.Err = context.Canceled
	case errors.As(err, &answer):
		v := judge(answer.ErrorCode(), statusOf(err), missing)
		e.Kind, e.Hint = v.kind, v.hint
		if plain := map[Kind]error{Vanished: errGone, Changed: errOther}[v.kind]; plain != nil {
			e.Err = errors.Join(plain, err)
		}
	case errors.As(err, &profile):
		e.Kind, e.Hint = Refused, "correct AWS_PROFILE, or make the profile with aws configure"
	case missing != nil && missing.role == "":
		e.Kind, e.Hint = Refused, hintCredentials
	case errors.As(err, &certificate):
		e.Kind, e.Hint = Unreachable, hintCertificate
	case errors.As(err, &silence), errors.Is(err, errNoAnswer), errors.Is(err, context.DeadlineExceeded):
		e.Kind, e.Hint = Unreachable, hintSilent
	case statusOf(err) != 0: // an answer that is none of S3: of a proxy on the way, say
		v := judge("", statusOf(err), nil)
		e.Kind, e.Hint = v.kind, v.hint
	case isNetwork(err):
		e.Kind, e.Hint = Unreachable, hintEndpoint
	}
	return e
}

func isKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// innermostCredentials returns the mark nearest to the cause: a role cannot be assumed because the chain has no
// credentials, and not the other way round.
func innermostCredentials(err error) (found *credentialsError) {
	for mark := (*credentialsError)(nil); errors.As(err, &mark); mark = nil {
		found, err = mark, mark.err
	}
	return found
}

func statusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

func isNetwork(err error) bool {
	var sending *smithyhttp.RequestSendError
	var network net.Error
	return errors.As(err, &sending) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF)
}

// fileFailure makes the Error of a failed look at a folder.
func fileFailure(op, path string, err error) error {
	e := &Error{Op: op, URI: path, Err: err, Kind: Unreachable, Hint: hintDisk}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Hint, e.Err = Vanished, hintListAgain, errors.Join(errGone, err)
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Hint = Refused, hintFolder
	}
	return e
}

// cause is the part of an error's text that tells people something.
func cause(err error) string {
	var missing *credentialsError
	var answer smithy.APIError
	var request *url.Error
	var path *fs.PathError
	var silence *silenceError
	switch {
	case errors.As(err, &silence):
		return silence.Error()
	case errors.Is(err, errNoAnswer):
		return errNoAnswer.Error()
	case errors.Is(err, errGone):
		return errGone.Error()
	case errors.Is(err, errOther):
		return errOther.Error()
	case errors.As(err, &missing):
		return missing.Error()
	case errors.As(err, &answer):
		if answer.ErrorMessage() == "" || answer.ErrorMessage() == answer.ErrorCode() {
			return answer.ErrorCode()
		}
		return answer.ErrorCode() + ": " + answer.ErrorMessage()
	case errors.As(err, &request):
		return request.Err.Error() // its own text names the whole URL
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}
