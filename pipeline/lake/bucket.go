package lake

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// bucket is a bucket and what is known of its region.
type bucket struct {
	session *session
	name    string

	mutex   sync.Mutex
	region  string
	settled bool // a request to this region succeeded
	clients map[string]*s3.Client
}

func (s *session) bucket(name string) *bucket {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.buckets[name] == nil {
		s.buckets[name] = &bucket{session: s, name: name, region: s.config.Region, clients: map[string]*s3.Client{}}
	}
	return s.buckets[name]
}

func (b *bucket) currentRegion() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.region
}

func (b *bucket) settle(region string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.region, b.settled = region, true
}

// settledRegion returns the region that the bucket is in, asking for it if no request has shown it yet.
func (b *bucket) settledRegion(ctx context.Context) (string, error) {
	b.mutex.Lock()
	region, settled := b.region, b.settled
	b.mutex.Unlock()
	if settled {
		return region, nil
	}
	if found := b.discover(ctx, region); found != "" {
		b.settle(found)
		return found, nil
	}
	// The answer names no region (stores other than Amazon's): the one that is set has to do.
	return region, nil
}

// client returns the client of a region.
func (b *bucket) client(region string) *s3.Client {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.clients[region] == nil {
		b.clients[region] = s3.NewFromConfig(b.session.config, func(o *s3.Options) {
			o.Region = region
			o.UsePathStyle = o.BaseEndpoint != nil
			if b.session.settings.PathStyle != nil {
				o.UsePathStyle = *b.session.settings.PathStyle
			}
			o.DisableLogOutputChecksumValidationSkipped = true
		})
	}
	return b.clients[region]
}

// patience gives one request its attempts.
func (b *bucket) patience(uri string) func(*s3.Options) {
	return func(o *s3.Options) {
		o.Retryer = newRetryer(b.session.attempts, func(wait time.Duration, err error) { b.session.settings.Retrying(uri, wait, err) })
	}
}

// request runs one request with all its attempts, once more where the answer tells that the bucket is in another region.
func (b *bucket) request(ctx context.Context, op, uri string, do func(context.Context, *s3.Client, func(*s3.Options)) error) error {
	limited, cancel := context.WithTimeoutCause(ctx, requestLimit, errNoAnswer)
	defer cancel()
	region := b.currentRegion()
	err := do(limited, b.client(region), b.patience(uri))
	if err != nil && isRegionError(err) {
		found := regionOf(err)
		if found == "" {
			found = b.discover(limited, region)
		}
		if found != "" && found != region {
			if b.session.regionGiven {
				b.session.log.Warn("the bucket is in another region than AWS_REGION or the profile says", "bucket", b.name, "said", region, "is", found)
			}
			region = found
			err = do(limited, b.client(region), b.patience(uri))
		}
	}
	if err != nil {
		if errors.Is(context.Cause(limited), errNoAnswer) {
			err = errors.Join(errNoAnswer, err)
		}
		return failure(ctx, op, uri, err)
	}
	b.settle(region)
	return nil
}

const regionHeader = "x-amz-bucket-region"

// discover asks for the bucket's region. Amazon answers with it even where it refuses the request.
func (b *bucket) discover(ctx context.Context, region string) string {
	answer, err := b.client(region).HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name}, b.patience("s3://"+b.name))
	if err != nil {
		return regionOf(err)
	}
	if found := aws.ToString(answer.BucketRegion); found != "" {
		return found
	}
	return region
}

// isRegionError says that an answer can mean a wrong region.
func isRegionError(err error) bool {
	var answer smithy.APIError
	if errors.As(err, &answer) && judge(answer.ErrorCode(), statusOf(err), nil).hint == hintRegion {
		return true
	}
	return statusOf(err) == http.StatusMovedPermanently
}

func regionOf(err error) string {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		return response.Response.Header.Get(regionHeader)
	}
	return ""
}
