using System.Text;
using Clawdbot.Gateway.Edge.Idempotency;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Gateway.Edge;

/// <summary>Signs of life in virtual time: what is sent when, and what is not sent any more.</summary>
public sealed class ClientResponseTests : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryStream _sent = new();
    private readonly DefaultHttpContext _http = new();

    public ClientResponseTests() => _http.Response.Body = _sent;

    private string Sent => Encoding.UTF8.GetString(_sent.ToArray());

    public void Dispose() => _sent.Dispose();

    [Theory]
    [InlineData(true, ": keep-alive\n\n", "text/event-stream; charset=utf-8")]
    [InlineData(false, " ", "application/json; charset=utf-8")]
    public void A_sign_of_life_is_sent_after_each_time_without_anything_else(bool isStream, string sign, string type)
    {
        using var response = Open(isStream);
        Pass(9);
        Assert.Equal((false, ""), (response.HasBegun, Sent));

        Pass(1);
        Assert.Equal((true, sign, type), (response.HasBegun, Sent, _http.Response.ContentType));
        Pass(25);
        Assert.Equal(string.Concat(Enumerable.Repeat(sign, 3)), Sent);
    }

    [Fact]
    public async Task Nothing_is_added_to_what_flows()
    {
        using var response = Open(isStream: true);
        for (var i = 0; i < 10; i++)
        {
            Pass(9);
            await response.CopyAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        }
        Assert.Equal(new string('x', 10), Sent);

        Pass(15); // at most one and a half times the setting
        Assert.EndsWith("x: keep-alive\n\n", Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_that_comes_late_follows_the_white_space_and_one_in_time_has_its_length()
    {
        using var late = Open(isStream: false);
        Pass(20);
        await late.DocumentAsync("{}"u8.ToArray(), TestContext.Current.CancellationToken);
        Pass(60);
        Assert.Equal(("  {}", (long?)null), (Sent, _http.Response.ContentLength));

        _sent.SetLength(0);
        var http = new DefaultHttpContext { Response = { Body = _sent } };
        using var soon = new ClientResponse(http, "id", isStream: false, Every, _time);
        await soon.DocumentAsync("{}"u8.ToArray(), TestContext.Current.CancellationToken);
        Pass(60);
        Assert.Equal(("{}", (long?)2), (Sent, http.Response.ContentLength));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_has_its_status_before_the_first_sign_of_life_and_is_part_of_the_answer_after_it(bool isLate)
    {
        using var response = Open(isStream: true);
        Pass(isLate ? 10 : 9);
        await response.ErrorAsync(new ApiError(429, "saturated", "Come again.") { RetryAfter = 3 });
        Pass(60);

        Assert.Equal((isLate ? 200 : 429, isLate ? "" : "3"), (_http.Response.StatusCode, _http.Response.Headers.RetryAfter.ToString()));
        Assert.StartsWith(isLate ? ": keep-alive\n\ndata: {\"error\":" : "{\"error\":", Sent, StringComparison.Ordinal);
        Assert.Contains("saturated", Sent, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_are_left_alone_once_they_are_sent_and_nothing_follows_the_end()
    {
        var response = Open(isStream: true);
        response.SetHeader("X-Early", "1");
        Pass(10);
        response.SetHeader("X-Late", "1");
        response.SetHead(http => http.StatusCode = 500);
        response.Dispose();
        Pass(60);

        Assert.Equal(("1", "", 200, ": keep-alive\n\n"),
            (_http.Response.Headers["X-Early"].ToString(), _http.Response.Headers["X-Late"].ToString(), _http.Response.StatusCode, Sent));
    }

    [Fact]
    public void Turned_off_it_is_silent()
    {
        using var response = new ClientResponse(_http, "id", isStream: true, TimeSpan.Zero, _time);
        Pass(3600);
        Assert.Equal((false, ""), (response.HasBegun, Sent));
    }

    [Fact]
    public async Task Signs_of_life_are_no_part_of_what_is_recorded_for_others()
    {
        var recording = new Recording(1 << 20);
        using var response = Open(isStream: true);
        Pass(10);
        response.Wrap((body, http) => new RecordedBody(body, http, recording));
        Pass(10);
        await response.CopyAsync("data: x\n\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Pass(15);
        response.Unwrap();

        Assert.Equal(": keep-alive\n\n: keep-alive\n\ndata: x\n\n: keep-alive\n\n", Sent);
        Assert.Equal("data: x\n\n", Encoding.UTF8.GetString(recording.ToArray()!));
    }

    [Fact]
    public async Task An_error_after_signs_of_life_is_not_recorded_so_that_others_ask_anew()
    {
        var recording = new Recording(1 << 20);
        using var response = Open(isStream: false);
        response.Wrap((body, http) => new RecordedBody(body, http, recording));
        Pass(10);
        await response.ErrorAsync(new ApiError(503, "no_replica", "Come again."));

        Assert.StartsWith(" {\"error\":", Sent, StringComparison.Ordinal);
        Assert.Empty(recording.ToArray()!);
    }

    [Fact]
    public void A_client_that_left_harms_nobody()
    {
        using var response = Open(isStream: true);
        _sent.Dispose(); // writing throws, on the timer's thread
        Pass(60);
        Assert.True(response.HasBegun);
    }

    private ClientResponse Open(bool isStream) => new(_http, "id", isStream, Every, _time);

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
            _time.Advance(TimeSpan.FromSeconds(1));
    }
}
