"""All ports on AWS: DynamoDB, S3, SQS and SNS, each client made on its first use."""

from __future__ import annotations

from shop.domain.ports import Ports
from shop.system import RandomIds, SystemClock
from shop_adapters.dynamodb import DynamoArticles, DynamoComments, DynamoStock, DynamoUsers
from shop_adapters.dynamodb_trade import DynamoCounters, DynamoOrders, DynamoPayments
from shop_adapters.s3 import S3Photos
from shop_adapters.sns import SnsNotifications
from shop_adapters.sqs import SqsMail
from shop_adapters.table import Table


def ports(table: str, bucket: str, queue_url: str, topic_arn: str) -> Ports:
    """Give all ports on these resources; nothing is asked of AWS yet."""
    items = Table(table)
    return Ports(
        users=DynamoUsers(items),
        articles=DynamoArticles(items),
        comments=DynamoComments(items),
        stock=DynamoStock(items),
        orders=DynamoOrders(items),
        payments=DynamoPayments(items),
        photos=S3Photos(bucket),
        mail=SqsMail(queue_url),
        notifications=SnsNotifications(topic_arn),
        clock=SystemClock(),
        ids=RandomIds(),
        counters=DynamoCounters(items),
    )
