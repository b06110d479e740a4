namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>Paths at which a shim answers the gateway. All need the fleet secret; the verbs need the admin secret as well.</summary>
public static class FleetRoutes
{
    /// <summary>GET: shows that the shim holds the fleet secret, without showing the secret. See <see cref="FleetProof"/>.</summary>
    public const string Proof = "/fleet/v1/proof";

    /// <summary>GET: event stream of <see cref="ShimStatus"/>, at each change and at least every <see cref="StatusInterval"/>.</summary>
    public const string Status = "/fleet/v1/status";

    /// <summary>POST: a chat request, answered as an event stream. See <see cref="GenerationEvents"/>.</summary>
    public const string Generate = "/fleet/v1/generate";

    /// <summary>
    /// GET: <c>/fleet/v1/attempts/{id}</c>, the <see cref="AttemptCost"/> of an attempt that the gateway gave up, answered as soon as the
    /// attempt has ended on the shim.
    /// </summary>
    public const string Attempts = "/fleet/v1/attempts";

    /// <summary>
    /// POST: the gateway of <see cref="FleetHeaders.Gateway"/> agrees for <see cref="FleetHeaders.LeaseSeconds"/> to what
    /// <see cref="ShimStatus.WantsRecycle"/> asks for.
    /// </summary>
    public const string RecycleConsent = "/fleet/v1/recycle-consent";

    /// <summary>POST: a list of <see cref="QuarantinedRequest"/>, which the shim then reports in its status.</summary>
    public const string Quarantine = "/fleet/v1/quarantine";

    /// <summary>
    /// POST: the gateway of <see cref="FleetHeaders.Gateway"/> wants as many places here as <see cref="FleetHeaders.Places"/> says; what it
    /// may have is <see cref="ShimStatus.Places"/>.
    /// </summary>
    public const string Demand = "/fleet/v1/demand";

    /// <summary>
    /// POST: a <see cref="QuotaReport"/> of the gateway of <see cref="FleetHeaders.Gateway"/>, answered with its <see cref="QuotaParts"/>.
    /// 409 when it does not listen to the status stream, or a later report was here before.
    /// </summary>
    public const string Quotas = "/fleet/v1/quotas";

    /// <summary>POST: <c>/fleet/v1/admin/{drain|return|restart}</c>.</summary>
    public const string Admin = "/fleet/v1/admin";

    /// <summary>The longest time between two status events of a shim that lives.</summary>
    public static readonly TimeSpan StatusInterval = TimeSpan.FromMilliseconds(250);
}

/// <summary>Header names of the gateway-shim contract.</summary>
public static class FleetHeaders
{
    /// <summary>The fleet secret; sent only on a connection whose other end has proven that it holds it too.</summary>
    public const string Secret = "X-Fleet-Secret";

    /// <summary>The admin secret, for drain, return and restart.</summary>
    public const string AdminSecret = "X-Fleet-Admin-Secret";

    /// <summary>
    /// <c>ids</c>, <c>text</c> or <c>replay</c>, on a generation that continues an answer that began elsewhere. It may take a slot that new
    /// ones may not, and the shim decides on that before it reads the body.
    /// </summary>
    public const string Continuation = "X-Fleet-Continuation";

    /// <summary>On a generation: the gateway's id of this attempt, by which it can ask for the cost.</summary>
    public const string Attempt = "X-Fleet-Attempt";

    /// <summary>Name of the gateway, random and drawn at its start, on everything that it asks of a shim but its cost and verbs.</summary>
    public const string Gateway = "X-Fleet-Gateway";

    /// <summary>On a demand: the number of places that are wanted.</summary>
    public const string Places = "X-Fleet-Places";

    /// <summary>On a consent: how long it holds, seconds.</summary>
    public const string LeaseSeconds = "X-Fleet-Lease-Seconds";

    /// <summary>Gateway to shim: <c>nonce.mac</c>, both base64url.</summary>
    public const string Challenge = "X-Fleet-Challenge";

    /// <summary>Shim to gateway: the answering mac, base64url.</summary>
    public const string Proof = "X-Fleet-Proof";
}
