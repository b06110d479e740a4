using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.InferenceShim.Quotas;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Fakes;

/// <summary>The counts of one gateway, and its exchanges with a shim, of which a test is the network.</summary>
internal sealed class LimitedGateway : IDisposable
{
    private readonly QuotaReporter _reporter;
    private readonly QuotaShares _shim;
    private readonly string _name;
    private readonly Stack<QuotaUse> _running = [];
    private IDisposable? _stream;
    private readonly ReplicaTable _table = new();
    private int _heard;

    public LimitedGateway(string name, QuotaShares shim, ManualTimeProvider time)
    {
        (_name, _shim, _stream) = (name, shim, shim.Listening(name));
        var others = new OtherGateways(_table, time);
        Quotas = new TenantQuotas(new LocalStore(Options.Create(new SharedStoreOptions()), time), () => others.Sharing, time);
        _reporter = new QuotaReporter(Quotas, others, time);
        Hear();
    }

    public TenantQuotas Quotas { get; }

    /// <summary>Requests that were let in.</summary>
    public int Admitted { get; private set; }

    public int Running => _running.Count;

    /// <summary>Asks for a request.</summary>
    public QuotaEntry Enter(Quota quota, int tokens = 1, string tenant = "t")
    {
        Hear();
        var caller = new Caller(tenant, false) { Allowance = new Allowance(Priority.Normal, Priority.Normal, Quota: quota) };
        var entering = Quotas.EnterAsync(caller, new PromptSize(tokens, 0), 0).AsTask();
        Assert.True(entering.IsCompletedSuccessfully, "Without a shared store nothing is awaited.");
        var entry = entering.Result;
        if (entry.QuotaUse is { } use)
        {
            Admitted++;
            _running.Push(use);
            use.Used(tokens, 0);
        }
        return entry;
    }

    /// <summary>Asks for so many requests; returns how many were let in.</summary>
    public int Flood(Quota quota, int requests, int tokens = 1, string tenant = "t") =>
        Enumerable.Range(0, requests).Count(_ => Enter(quota, tokens, tenant).Excess is null);

    /// <summary>Ends a request.</summary>
    public void End() => _running.Pop().Dispose();

    /// <summary>The shim has the report, and the answer is on its way.</summary>
    public QuotaParts? Send()
    {
        Hear();
        return _shim.Exchange(_name, _reporter.Report());
    }

    /// <summary>The answer is here, or lost.</summary>
    public void Receive(QuotaParts? answer) => _reporter.Take(answer is null ? [] : [answer]);

    public void Exchange() => Receive(Send());

    /// <summary>It dies.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <summary>Its status stream says how many gateways there are.</summary>
    private void Hear()
    {
        if (_heard == _shim.Gateways)
            return;
        _heard = _shim.Gateways;
        var status = SomeReplica.Status(ShimVerdict.Ready) with { Gateways = _heard > 1 ? _heard : null };
        _table.Publish(new ReplicaSet([SomeReplica.Healthy() with { Description = ReplicaDescription.Of(status) }]));
    }
}
