using Clawdbot.Gateway.Auth;
using Clawdbot.InferenceShim.Quotas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Admission.Quotas;

/// <summary>What holds of a limit that gateways share, in whatever order they let requests in and exchange.</summary>
public sealed class SharedLimitProperties
{
    private enum Step { One, Many, End, Send, Receive, Lose, Exchange }

    private static readonly Gen<(int Gateway, Step Step)[]> Steps = Gen.Select(Gen.Int[0, 2], Gen.Enum<Step>()).Array[1, 120];

    [Fact]
    public void Requests_in_a_minute_are_at_most_the_limit_and_one_for_each_gateway() => Gen.Select(Gen.Int[2, 3], Gen.Int[1, 60], Steps)
        .Sample((gateways, limit, steps) =>
        {
            var fleet = Run(gateways, new Quota(0, limit, 0), tokens: 1, steps);
            Assert.InRange(fleet.Sum(g => g.Admitted), 0, limit + gateways);
        });

    [Fact]
    public void Tokens_in_a_minute_are_at_most_the_limit_and_one_request_for_each_gateway() =>
        Gen.Select(Gen.Int[2, 3], Gen.Int[1, 500], Gen.Int[1, 40], Steps).Sample((gateways, limit, tokens, steps) =>
        {
            var fleet = Run(gateways, new Quota(0, 0, limit), tokens, steps);
            Assert.InRange(fleet.Sum(g => g.Admitted * (long)tokens), 0, limit + (gateways * (long)tokens));
        });

    [Fact]
    public void Requests_under_way_are_at_most_the_limit_and_one_for_each_gateway() => Gen.Select(Gen.Int[2, 3], Gen.Int[1, 20], Steps)
        .Sample((gateways, limit, steps) => Run(gateways, new Quota(limit, 0, 0), tokens: 1, steps,
            fleet => Assert.InRange(fleet.Sum(g => g.Running), 0, limit + gateways)));

    [Fact]
    public void A_busy_gateway_beside_idle_ones_has_nearly_the_whole_limit_after_three_exchanges() =>
        Gen.Select(Gen.Int[2, 4], Gen.Int[1, 2000], Gen.Bool).Sample((gateways, limit, isBusyFirst) =>
        {
            var (time, shim) = Shim();
            var fleet = Enumerable.Range(0, gateways).Select(i => new LimitedGateway($"{i}", shim, time)).ToList();
            var busy = isBusyFirst ? fleet[0] : fleet[^1];
            for (var i = 0; i < 4; i++)
            {
                busy.Flood(new Quota(0, limit, 0), limit);
                fleet.ForEach(g => g.Exchange());
            }
            busy.Flood(new Quota(0, limit, 0), limit);

            Assert.InRange(busy.Admitted, (int)Math.Ceiling(0.8 * limit), limit);
        });

    private static List<LimitedGateway> Run(
        int gateways, Quota quota, int tokens, (int Gateway, Step Step)[] steps, Action<List<LimitedGateway>>? check = null)
    {
        var (time, shim) = Shim();
        var fleet = Enumerable.Range(0, gateways).Select(i => new LimitedGateway($"{i}", shim, time)).ToList();
        var answers = new (QuotaParts? Parts, bool IsThere)[gateways];
        foreach (var (at, step) in steps.Select(s => (s.Gateway % gateways, s.Step)))
        {
            var gateway = fleet[at];
            switch (step)
            {
                case Step.One:
                    gateway.Enter(quota, tokens);
                    break;
                case Step.Many:
                    gateway.Flood(quota, 10, tokens);
                    break;
                case Step.End when gateway.Running > 0:
                    gateway.End();
                    break;
                // A gateway sends no report while the answer to one may come.
                case Step.Send when !answers[at].IsThere:
                    answers[at] = (gateway.Send(), true);
                    break;
                case Step.Receive when answers[at].IsThere:
                    gateway.Receive(answers[at].Parts);
                    answers[at] = default;
                    break;
                case Step.Lose:
                    answers[at] = default;
                    break;
                case Step.Exchange when !answers[at].IsThere:
                    gateway.Exchange();
                    break;
            }
            check?.Invoke(fleet);
        }
        return fleet;
    }

    private static (ManualTimeProvider Time, QuotaShares Shim) Shim()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        return (time, new QuotaShares(time));
    }
}
